"""Training, behind one import: pandas, sklearn and xgboost take seconds to load."""

from pathlib import Path

from fraud_training.effort import Effort
from fraud_training.plan import Plan
from fraud_training.progress import Progress
from fraud_training.train import TrainedRelease, train


def trained(effort: Effort, output: Path, progress: Progress) -> TrainedRelease:
    """What training wrote to `output`, which is there as a whole or not at all."""
    output.parent.mkdir(parents=True, exist_ok=True)
    return train(Plan.of(effort), output, progress)
