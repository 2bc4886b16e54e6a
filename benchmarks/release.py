"""The release that all services load: trained for the session."""

from pathlib import Path

from benchmarks.plan import Plan
from fraud_training.plan import Plan as TrainingPlan
from fraud_training.progress import Silent
from fraud_training.train import train


def train_release(plan: Plan, folder: Path) -> Path:
    """`folder`, now with both artifacts: the full model's, or a quickly trained one's."""
    train(TrainingPlan.quick() if plan.quick else TrainingPlan.full(), folder, Silent())
    return folder
