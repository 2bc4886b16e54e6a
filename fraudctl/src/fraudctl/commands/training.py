"""`fraudctl train` and `fraudctl publish`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fraud_contract.errors import UsageError
from fraud_local.registry import Registry
from fraud_registry.publishing.publish import publish
from fraud_training.effort import Effort
from fraudctl.flows.release import described, output_folder, train_release
from fraudctl.output import Row
from fraudctl.session import session

if TYPE_CHECKING:
    from fraud_training.train import TrainedRelease


@dataclass(frozen=True)
class OwnData:
    """What the command line says of the data."""

    files: Sequence[Path]
    columns: Sequence[str]
    timestamp: str | None
    timezone: str | None
    split: str | None


_BROWSE: Final = "fraudctl registry browse"


def train_to(effort: Effort, folder: Path | None) -> Row:
    """Folder, digests and figures of a freshly trained release.

    Raises:
        UsageError: there is something at `folder` already.
    """
    run = session()
    if folder is not None and folder.exists():
        raise UsageError(f"{folder} is there already. Name a new folder, or remove it.")
    return _row(train_release(effort, folder or output_folder(run.workspace), run))


def train_on(source: OwnData, effort: Effort, folder: Path | None, *, accepts_below_bars: bool) -> Row:
    """The same of a release trained on other data than the repository's.

    Raises:
        UsageError: there is something at `folder` already, or the data are unusable.
    """
    run = session()
    if folder is not None and folder.exists():
        raise UsageError(f"{folder} is there already. Name a new folder, or remove it.")
    with run.stages.stage("Train on your data") as stage:
        # The imports take seconds, which belong to this stage.
        from fraud_training.data.own_data import Source, columns_of, known_timezone, shares_of
        from fraudctl.flows.training import trained_on

        described_source = Source(
            source.files,
            columns_of(source.columns, source.timestamp),
            known_timezone(source.timezone),
            shares_of(source.split),
        )
        output = folder or output_folder(run.workspace)
        trained = trained_on(described_source, effort, output, stage, accepts_below_bars=accepts_below_bars)
        stage.result = described(trained.summary)
    return _row(trained)


def _row(trained: "TrainedRelease") -> Row:
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
