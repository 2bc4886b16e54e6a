"""The doctor's findings."""

import os
import shutil
import socket
from pathlib import Path
from typing import NamedTuple

import pytest

from fraud_local.endpoint import Listening
from fraud_local.workspace import Workspace
from fraudctl.doctor import machine
from fraudctl.doctor.finding import Finding, Status
from fraudctl.doctor.registry import registry
from fraudctl.doctor.settings import settings


class Usage(NamedTuple):
    """What `shutil.disk_usage` answers."""

    total: int
    used: int
    free: int


def test_this_environment_is_fit() -> None:
    assert {finding.status for finding in (machine.python(), machine.packages())} == {Status.OK}


def test_a_missing_package_fails_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "PACKAGES", ("sys", "no_such_package"))
    assert machine.packages() == Finding(
        "packages", Status.FAIL, "missing: no_such_package", "Run: make install"
    )


def test_a_python_beyond_the_bounds_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "BEYOND", (3, 12))
    assert machine.python().failed


def test_missing_data_is_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "SAMPLE", tmp_path / "none.csv.gz")
    assert machine.data().status is Status.WARN


def test_a_busy_port_is_a_warning_with_its_owner_and_another_one_to_choose() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        finding = next(machine.ports(Listening(http=port)))
    assert (f"port {port}", Status.WARN) == (finding.check, finding.status)
    assert f"in use by pid {os.getpid()} " in finding.found
    assert f"FRAUDCTL_PORT={port + 101}" in finding.advice


def test_settings_are_named_and_unknown_ones_fail() -> None:
    assert "FRAUD_MAX_ROWS" == settings({"FRAUD_MAX_ROWS": "7"}).found
    unknown = settings({"FRAUD_NONSENSE": "1"})
    assert (Status.FAIL, True) == (unknown.status, "FRAUD_NONSENSE" in unknown.found)


@pytest.mark.parametrize(
    ("mebibytes", "status"),
    [(5000, Status.OK), (1024, Status.OK), (1023, Status.WARN), (100, Status.WARN), (99, Status.FAIL)],
)
def test_disk_space_is_judged_by_what_a_training_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mebibytes: int, status: Status
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, mebibytes << 20))
    assert machine.disk(tmp_path).status is status


def test_without_account_and_data_the_registry_is_embedded_and_empty(tmp_path: Path) -> None:
    account, found = registry(Workspace(tmp_path), {"HOME": str(tmp_path)})
    assert (account.status, found.status) == (Status.OK, Status.OK)
    assert "embedded, still empty" in found.found
    assert list(tmp_path.iterdir()) == []


def test_the_source_of_the_key_is_named_and_what_is_not_heeded(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    account, _ = registry(Workspace(tmp_path), home | {"WANDB_PROJECT": "fraud"})
    assert (Status.WARN, True) == (
        account.status,
        account.advice.startswith("WANDB_PROJECT given, but no key"),
    )
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1:1 login user password {'f' * 40}")
    named = {"NETRC": str(tmp_path / "netrc"), "WANDB_BASE_URL": "http://127.0.0.1:1"}
    account, _ = registry(Workspace(tmp_path), home | named)
    assert f"key from {tmp_path / 'netrc'}" in account.found


def test_an_unusable_account_fails_without_printing_the_key(tmp_path: Path) -> None:
    (finding,) = registry(Workspace(tmp_path), {"WANDB_API_KEY": "tooshort"})
    assert finding.failed
    assert "tooshort" not in finding.found


def test_a_registry_that_is_away_fails(tmp_path: Path) -> None:
    environ = {"WANDB_API_KEY": "0123456789" * 4, "WANDB_BASE_URL": "http://127.0.0.1:1"}
    account, found = registry(Workspace(tmp_path), environ)
    assert (account.status, found.status) == (Status.OK, Status.FAIL)
