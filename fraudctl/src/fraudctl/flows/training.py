"""Training, behind one import: pandas, sklearn and xgboost take seconds to load."""

from dataclasses import replace
from pathlib import Path

from fraud_training.effort import Effort
from fraud_training.plan import Plan
from fraud_training.progress import Progress
from fraud_training.train import TrainedRelease, train


def trained(effort: Effort, output: Path, progress: Progress, rounds: int | None = None) -> TrainedRelease:
    """What training wrote to `output`, whole or not at all; at most `rounds` trees, if given."""
    output.parent.mkdir(parents=True, exist_ok=True)
    plan = Plan.of(effort)
    return train(plan if rounds is None else replace(plan, rounds=rounds), output, progress)
