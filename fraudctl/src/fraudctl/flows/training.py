"""Training, behind one import: pandas, sklearn and xgboost take seconds to load."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from fraud_training.plan import Plan
from fraud_training.progress import Progress
from fraud_training.train import TrainedRelease, train
from fraudctl.flows.release import Effort

_PLANS: Final[Mapping[Effort, Callable[[], Plan]]] = {Effort.QUICK: Plan.quick, Effort.FULL: Plan.full}


def trained(effort: Effort, output: Path, progress: Progress) -> TrainedRelease:
    """What training wrote to `output`, which is there as a whole or not at all."""
    output.parent.mkdir(parents=True, exist_ok=True)
    return train(_PLANS[effort](), output, progress)
