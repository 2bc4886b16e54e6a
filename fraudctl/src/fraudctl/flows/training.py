"""Training, behind one import: pandas, sklearn and xgboost take seconds to load."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

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

    return train(plan, output, progress, accepts_failed_gates=accepts_failed_gates, locate=locate)
