"""`fraudctl train` and `fraudctl publish`."""

from pathlib import Path
from typing import Final

from fraud_contract.errors import UsageError
from fraud_local.registry import Registry
from fraud_registry.publish import publish
from fraud_training.effort import Effort
from fraudctl.flows.release import output_folder, train_release
from fraudctl.output import Row
from fraudctl.session import session

_BROWSE: Final = "fraudctl registry browse"


def train_to(effort: Effort, folder: Path | None) -> Row:
    """Folder, digests and figures of a freshly trained release.

    Raises:
        UsageError: there is something at `folder` already.
    """
    run = session()
    if folder is not None and folder.exists():
        raise UsageError(f"{folder} is there already. Name a new folder, or remove it.")
    trained = train_release(effort, folder or output_folder(run.workspace), run)
    return {
        "folder": str(trained.folder),
        "model": trained.model_digest,
        "preprocessor": trained.preprocessor_digest,
        **trained.summary,
    }


def publish_from(folder: Path, alias: str) -> Row:
    """Both pinned artifacts, and where their run is."""
    run = session()
    with run.registry() as registry, run.stages.stage("Publish") as stage:
        published = publish(registry.account, folder, (alias,), stage)
        stage.result = str(registry)
    if registry.key_file:
        run.stages.note("the embedded registry runs while it is needed; to look at the run: " + _BROWSE)
    return {
        "model": published.model.uri,
        "preprocessor": published.preprocessor.uri,
        "run": _lasting(published.run_url, registry),
    }


def _lasting(run_url: str, registry: Registry) -> str:
    """The run's address; in an embedded registry, whose port is another each time, its path."""
    return run_url.removeprefix(f"{registry.account.base_url}/") if registry.key_file else run_url
