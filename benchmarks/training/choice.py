"""Which parameters the full plan has: a nested choice on the training and validation windows alone.

`python -m benchmarks.training.choice` fits every candidate on the past of three folds, stops it early on the
weeks after, and judges it on later ones; some 20 minutes on one idle core. What it prints is the table of
docs/decisions/0004-training-and-policy.md. The evaluation window is not read.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import xgboost
from sklearn.metrics import average_precision_score, log_loss

from fraud_training.data.examples import Examples
from fraud_training.data.repository import Window, load
from fraud_training.model.boosting import Forest, grow, margins_of
from fraud_training.model.masking import with_masked
from fraud_training.plan.plan import Plan
from fraud_training.preprocessing.prepared import prepare

CANDIDATES: Final[Mapping[str, Mapping[str, float]]] = {
    "1,024 bins, rate .1": {"max_bin": 1_024},
    "4,096 bins": {"max_bin": 4_096},
    "8,191 bins": {"max_bin": 8_191},
    "4,096 bins, rate .07": {"max_bin": 4_096, "learning_rate": 0.07},
    "4,096 bins, rate .05": {"max_bin": 4_096, "learning_rate": 0.05},
    "4,096 bins, leaves of 5": {"max_bin": 4_096, "min_child_weight": 5.0},
    "4,096 bins, leaves of 5, rate .07": {
        "max_bin": 4_096,
        "min_child_weight": 5.0,
        "learning_rate": 0.07,
    },
    "4,096 bins, three trees averaged": {
        "max_bin": 4_096,
        "num_parallel_tree": 3,
        "subsample": 0.8,
        "colsample_bynode": 0.8,
    },
}
"""Parameters in which a candidate differs from the former full plan, which is the first."""
FORMER: Final = Plan.full().model_copy(
    update={
        "rounds": 900,
        "parameters": Plan.full().parameters.model_copy(
            update={"max_bin": 1_024, "learning_rate": 0.1, "min_child_weight": 10.0}
        ),
    }
)
TIMED: Final = 50_000
"""Rows whose prediction is timed, next to the first candidate's."""


@dataclass(frozen=True)
class Fold:
    """Rows to fit on, to stop early on, and to judge by, each later than the one before."""

    name: str
    fit: pd.DataFrame
    stop: pd.DataFrame
    judge: pd.DataFrame


@dataclass(frozen=True)
class Judged:
    """One candidate on one fold."""

    candidate: str
    fold: str
    average_precision: float
    log_loss: float
    trees: int
    seconds: float
    cost: float
    """CPU time of a prediction over that of the first candidate's."""

    @property
    def row(self) -> str:
        """A row of the table."""
        return (
            f"| {self.candidate} | {self.fold} | {self.average_precision:.4f} | {self.log_loss:.6f} | "
            f"{self.trees} | {self.seconds:.0f} | {self.cost:.2f} |"
        )


def folds() -> Iterable[Fold]:
    """Three folds; the last one ends where the validation window does."""
    train, validation = load(Window.TRAIN), load(Window.VALIDATION)
    time, half = train["time"], len(validation) // 2
    yield Fold(
        "to 2019-12",
        train[time < "2019-10-01"],
        train[(time >= "2019-10-01") & (time < "2019-11-01")],
        train[(time >= "2019-11-01") & (time < "2020-01-01")],
    )
    yield Fold(
        "to 2020-03",
        train[time < "2020-01-01"],
        train[(time >= "2020-01-01") & (time < "2020-02-01")],
        train[time >= "2020-02-01"],
    )
    yield Fold("to 2020-06", train, validation.iloc[:half], validation.iloc[half:])


def judged(fold: Fold) -> Iterable[Judged]:
    """Every candidate on the fold."""
    prepared = prepare(fold.fit)
    shown = with_masked(Examples.of(prepared.compiled, fold.fit), np.random.default_rng(0))
    stop, judge = (Examples.of(prepared.compiled, each) for each in (fold.stop, fold.judge))
    features = judge.features
    first: xgboost.Booster | None = None
    for name, parameters in CANDIDATES.items():
        plan = FORMER.model_copy(update={"parameters": FORMER.parameters.model_copy(update=dict(parameters))})
        started = time.monotonic()
        forest: Forest = grow(plan, prepared.spec.names, shown, stop, lambda _: None)
        seconds = time.monotonic() - started
        first = first or forest.booster
        scores = 1 / (1 + np.exp(-margins_of(forest.booster, features).astype(np.float64)))
        yield Judged(
            candidate=name,
            fold=fold.name,
            average_precision=float(average_precision_score(judge.fraud, scores)),
            log_loss=float(log_loss(judge.fraud, scores)),
            trees=forest.rounds * plan.parameters.num_parallel_tree,
            seconds=seconds,
            cost=_cost(forest.booster, first, features[:TIMED]),
        )


def _cost(booster: xgboost.Booster, first: xgboost.Booster, features: np.ndarray) -> float:
    def seconds(each: xgboost.Booster) -> float:
        before = time.process_time()
        margins_of(each, features)
        return time.process_time() - before

    return float(np.median([seconds(booster) / seconds(first) for _ in range(7)]))


def main() -> None:
    """Print the table."""
    print("| candidate | judged | average precision | log loss | trees | seconds | cost |")
    print("|---|---|---|---|---|---|---|")
    for fold in folds():
        for each in judged(fold):
            print(each.row, flush=True)


if __name__ == "__main__":
    main()
