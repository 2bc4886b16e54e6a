"""Training, behind one import: pandas, sklearn and xgboost take seconds to load."""

import tempfile
from dataclasses import replace
from pathlib import Path

from fraud_training.data.own_data import Source, write_windows
from fraud_training.effort import Effort
from fraud_training.plan import Plan
from fraud_training.progress import Progress
from fraud_training.train import TrainedRelease, train


def trained(effort: Effort, output: Path, progress: Progress, rounds: int | None = None) -> TrainedRelease:
    """What training wrote to `output`, whole or not at all; at most `rounds` trees, if given."""
    output.parent.mkdir(parents=True, exist_ok=True)
    plan = Plan.of(effort)
    return train(plan if rounds is None else replace(plan, rounds=rounds), output, progress)


def trained_on(
    source: Source, effort: Effort, output: Path, progress: Progress, *, accepts_below_bars: bool
) -> TrainedRelease:
    """What training on other data than the repository's wrote to `output`, whole or not at all."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".windows.", dir=output.parent) as windows:
        write_windows(source, Path(windows), progress)
        plan = replace(Plan.of(effort), data=Path(windows), accepts_below_bars=accepts_below_bars)
        return train(plan, output, progress)
