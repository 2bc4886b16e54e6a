"""The real SDK in a private home, and servers for it."""

import logging
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import wandb

import wandb_local
from support.registries.sdk import Complaints, Sdk


@pytest.fixture(scope="module")
def isolated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The SDK's folders in a temporary place, its telemetry off, its child process ended afterwards."""
    home = tmp_path_factory.mktemp("sdk")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("WANDB_API_KEY", "WANDB_BASE_URL", "WANDB_ENTITY", "WANDB_PROJECT", "WANDB_MODE"):
            patch.delenv(name, raising=False)
        for part in ("", "CACHE_", "DATA_", "CONFIG_", "ARTIFACT_"):
            patch.setenv(f"WANDB_{part}DIR", str(home))
        patch.setenv("HOME", str(home))
        patch.setenv("NETRC", str(home / "netrc"))
        patch.setenv("WANDB_ERROR_REPORTING", "false")
        patch.setenv("WANDB_SILENT", "true")
        wandb.teardown()
        yield home
        wandb.teardown()


@pytest.fixture(scope="module")
def server(isolated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[wandb_local.RunningServer]:
    with wandb_local.running(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def sdk(server: wandb_local.RunningServer, tmp_path: Path) -> Sdk:
    return Sdk(server, f"p-{uuid.uuid4().hex[:8]}", tmp_path)


@pytest.fixture
def complaints(caplog: pytest.LogCaptureFixture) -> Complaints:
    caplog.set_level(logging.INFO, "wandb_local")

    def taken() -> list[str]:
        records = caplog.get_records("call")
        messages = [record.getMessage() for record in records if record.name.startswith("wandb_local")]
        records.clear()
        return messages

    return taken


@pytest.fixture(autouse=True)
def nothing_unknown_was_sent(complaints: Complaints) -> Iterator[None]:
    """Conformance: every operation the SDK sent is in the list of known ones, and no answer was a defect."""
    yield
    assert complaints() == []
