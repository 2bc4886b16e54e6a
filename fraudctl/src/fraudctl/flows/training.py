"""Training, behind one import: pandas, sklearn and xgboost take seconds to load."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fraud_contract.artifacts.training_record import GIT, TRAINING_RECORD, TrainingRecord
from fraud_local.commit import commit_of
from fraud_training.plan.plan import Plan
from fraud_training.progress import Progress
from fraud_training.train import TrainedRelease, train

_NOTHING: Final[Mapping[str, Path]] = {}


def trained(
    plan: Plan,
    output: Path,
    progress: Progress,
    *,
    accepts_failed_gates: bool = False,
    fetched: Mapping[str, Path] = _NOTHING,
) -> TrainedRelease:
    """What training wrote to `output`, whole or not at all.

    `fetched` are the folders of those of the plan's data that are references of the registry.
    """
    output.parent.mkdir(parents=True, exist_ok=True)

    def locate(name: str) -> Path:
        return fetched.get(name) or Path(name).expanduser()

    release = train(plan, output, progress, accepts_failed_gates=accepts_failed_gates, locate=locate)
    _note_commit(output / TRAINING_RECORD)
    return release


def _note_commit(path: Path) -> None:
    """In the record alone: equal data and plan give equal artifacts, from whichever commit."""
    record = TrainingRecord.read(path)
    record.model_copy(update={"config": record.config | {GIT: commit_of()}}).write_atomically(path)
