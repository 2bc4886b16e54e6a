"""The SDK's command line, and what it lists."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.registries.sdk import ENTITY, Sdk

Run = subprocess.CompletedProcess[str]


@pytest.fixture
def named(sdk: Sdk) -> Sdk:
    """A project whose name has spaces and other characters that addresses quote."""
    return Sdk(sdk.server, f"Fraud Detection é+ {sdk.project}", sdk.folder)


def command(sdk: Sdk, *arguments: str) -> Run:
    environment = os.environ | {
        "WANDB_BASE_URL": sdk.server.url,
        "WANDB_API_KEY": sdk.server.api_key,
        "WANDB_SILENT": "false",
        "COLUMNS": "200",
    }
    environment.pop("WANDB_SERVICE", None)
    return subprocess.run(
        [sys.executable, "-m", "wandb", *arguments],
        env=environment,
        cwd=sdk.folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_artifacts_are_put_listed_and_got(named: Sdk, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_text("content")
    put = command(named, "artifact", "put", "--name", f"{named.path}/model", "--type", "model", "model.bin")
    assert (put.returncode, "Traceback" in put.stderr) == (0, False), put.stderr
    for more in ([], ["--type", "model"]):
        listed = command(named, "artifact", "ls", *more, named.path)
        assert listed.returncode == 0, listed.stderr
        assert "model:v0" in listed.stderr + listed.stdout
    got = command(named, "artifact", "get", f"{named.path}/model:latest", "--root", str(tmp_path / "out"))
    assert (got.returncode, (tmp_path / "out" / "model.bin").read_text()) == (0, "content"), got.stderr


def test_the_login_is_verified(sdk: Sdk) -> None:
    done = command(sdk, "login", "--verify", "--host", sdk.server.url)
    assert done.returncode == 0, done.stderr


def test_collections_are_listed_filtered_and_ordered(named: Sdk) -> None:
    with named.init() as run:
        for name in ("b-model", "a-model"):
            named.log(run, name, name=name)
    listed = named.api.artifact_collections(named.path, "model")
    assert ["a-model", "b-model"] == [collection.name for collection in listed]
    (kind,) = named.api.artifact_types(named.path)

    def names(order: str | None = None, filters: dict[str, Any] | None = None) -> list[str]:
        return [collection.name for collection in kind.collections(filters=filters, order=order)]

    assert names() == ["a-model", "b-model"]
    assert names(order="-name") == ["b-model", "a-model"]
    assert names(filters={"name": {"$regex": "^b"}}) == ["b-model"]


def test_projects_and_runs_with_any_name_are_found(named: Sdk) -> None:
    with named.init(id="r") as run:
        run.log({"x": 1})
        named.log(run, "one")
    assert named.project in [project.name for project in named.api.projects(ENTITY)]
    assert [found.id for found in named.api.runs(named.path)] == ["r"]
    assert (named.run("r").summary["x"], named.found("latest").version) == (1, "v0")


def test_alerts_of_a_run_are_kept_and_not_repeated_while_they_shall_wait(sdk: Sdk) -> None:
    with sdk.init() as run:
        run.alert("drift", "PSI is .3", level="WARN", wait_duration=300)
        run.alert("drift", "PSI is .4", level="WARN", wait_duration=300)
        run.alert("done", "all windows")
    page = sdk.page(f"{sdk.project}/runs/{run.id}")
    assert ("PSI is .3" in page, "PSI is .4" in page, "all windows" in page) == (True, False, True)
