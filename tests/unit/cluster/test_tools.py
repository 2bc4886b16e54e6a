"""A user's own helm and kubectl serve where they are new enough."""

from pathlib import Path

import pytest

from cluster.tools import is_new_enough, tool
from fraud_contract.errors import SettingsError


def program(path: Path, says: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("name", "says", "expected"),
    [
        ("helm", "v4.3.1+gc0d08d0", True),
        ("helm", "v3.17.3+ge4da497", True),
        ("helm", "v3.16.4+g7877b45", False),
        ("helm", "v2.17.0", False),
        ("kubectl", "Client Version: v1.37.0\nKustomize Version: v5.5.0", True),
        ("kubectl", "Client Version: v1.30.1-dispatcher", True),
        ("kubectl", "Client Version: v1.29.9", False),
        ("kubectl", "no version at all", False),
    ],
)
def test_the_version_that_a_tool_shows_decides(tmp_path: Path, name: str, says: str, expected: bool) -> None:
    assert expected == is_new_enough(name, str(program(tmp_path / name, says)))


def test_a_new_one_on_the_path_wins_and_an_old_one_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = program(tmp_path / "ours" / "helm", "v4.3.1")
    users = program(tmp_path / "users" / "helm", "v4.0.0")
    monkeypatch.setenv("PATH", f"{users.parent}:/usr/bin:/bin")
    assert str(users) == tool("helm", ours.parent)
    program(users, "v3.1.0")
    assert str(ours) == tool("helm", ours.parent)


def test_without_any_the_way_to_get_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match=r"No helm 3\.17 or newer .* make tools"):
        tool("helm", tmp_path / "none")
