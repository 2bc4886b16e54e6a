"""The release that all services load: trained for the session."""

import subprocess
import sys
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.plan import Plan
from fraud_training.plan.plan import Plan as TrainingPlan
from fraud_training.progress import Silent
from fraud_training.train import train


def train_release(plan: Plan, folder: Path) -> Path:
    """`folder`, now with both artifacts: the full model's, or a quickly trained one's."""
    train(TrainingPlan.quick() if plan.quick else TrainingPlan.full(), folder, Silent())
    return folder


def train_apart(folder: Path) -> Path:
    """`folder`, now with the full model's artifacts.

    By a process of its own, whose threads and memory are gone before this one takes the time of anything.
    Raises `BenchmarkError` where that fails; the process said why.
    """
    fraudctl = Path(sys.executable).with_name("fraudctl")
    if subprocess.run([fraudctl, "train", "--output", folder], stdout=sys.stderr, check=False).returncode:  # noqa: S603 - our own command
        raise BenchmarkError("No release to measure with.")
    return folder
