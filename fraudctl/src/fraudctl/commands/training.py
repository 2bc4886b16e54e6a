"""`fraudctl train` and `fraudctl publish`."""

from pathlib import Path

from fraud_contract.errors import SettingsError
from fraud_local.registry import opened
from fraud_registry.publish import publish
from fraudctl.flows.release import Effort, output_folder, train_release
from fraudctl.output import Row
from fraudctl.session import session


def train_to(effort: Effort, folder: Path | None) -> Row:
    """Folder, digests and figures of a freshly trained release.

    Raises:
        SettingsError: there is something at `folder` already.
    """
    run = session()
    if folder is not None and folder.exists():
        raise SettingsError(f"{folder} is there already. Name a new folder, or remove it.")
    trained = train_release(effort, folder or output_folder(run.workspace), run)
    return {
        "folder": str(trained.folder),
        "model": trained.model_digest,
        "preprocessor": trained.preprocessor_digest,
        **trained.summary,
    }


def publish_from(folder: Path, alias: str) -> Row:
    """Both pinned artifacts and the address of the run."""
    run = session()
    with opened(run.workspace, run.environ) as registry, run.stages.stage("Publish") as stage:
        published = publish(registry.account, folder, (alias,), stage)
        stage.result = str(registry)
    return {
        "model": published.model.uri,
        "preprocessor": published.preprocessor.uri,
        "run": published.run_url,
    }
