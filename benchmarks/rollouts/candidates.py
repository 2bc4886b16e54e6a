"""The catalogue: candidates of many kinds for a stable release, and what each should come to."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

import pandas as pd

from benchmarks.rollouts import faults
from benchmarks.rollouts.trained import (
    frauds_repeated,
    last_months,
    shuffled,
    trained,
    unchecked,
    with_parameters,
)
from fraud_training.data.repository import Window, load
from fraud_training.plan.plan import Plan

FOLDER: Final = Path("var/candidates")
"""Where they are kept between runs; all of them take some ten minutes to make."""


class Expected(StrEnum):
    """What a candidate should come to."""

    PROMOTED = "promoted"
    STOPPED = "stopped"
    EITHER = "either"
    """No fault, but not clearly as good."""


@dataclass(frozen=True)
class Candidate:
    """A candidate, and the release it is to replace."""

    name: str
    stable: str
    """Folder of the stable release."""
    folder: str
    """Its own."""
    expected: Expected


def _pairs(expected: Expected, stable: str, names: dict[str, str]) -> tuple[Candidate, ...]:
    return tuple(Candidate(name, stable, folder, expected) for name, folder in names.items())


CATALOGUE: Final = (
    *_pairs(
        Expected.PROMOTED,
        "full-0",
        {
            "another seed": "full-1",
            "a third seed": "full-2",
            "depth 5": "depth-5",
            "recompiled artifacts": "recompiled",
        },
    ),
    *_pairs(
        Expected.PROMOTED,
        "full-1",
        {"seed 0 for 1": "full-0", "seed 2 for 1": "full-2", "depth 5 for seed 1": "depth-5"},
    ),
    *_pairs(Expected.PROMOTED, "full-2", {"seed 0 for 2": "full-0", "seed 1 for 2": "full-1"}),
    *_pairs(Expected.PROMOTED, "depth-5", {"depth 6 for 5": "full-0"}),
    *_pairs(Expected.PROMOTED, "fewer-rows", {"more data": "full-0"}),
    *_pairs(Expected.PROMOTED, "quick-0", {"full for quick": "full-0"}),
    *_pairs(
        Expected.STOPPED,
        "full-0",
        {
            "one-hot rotated": "one-hot-rotated",
            "hour + 5": "hour-shifted",
            "every category unknown": "category-unknown",
            "amount in cents": "amount-in-cents",
            "amount log1p": "amount-log1p",
            "scale_pos_weight, uncalibrated": "uncalibrated",
            "shuffled labels": "shuffled-labels",
            "constant score": "constant-score",
            "quick for full": "quick-0",
        },
    ),
    *_pairs(
        Expected.EITHER,
        "full-0",
        {
            "10 % fewer rows": "fewer-rows",
            "three months only": "three-months",
            "day of week off by one": "day-shifted",
        },
    ),
    *_pairs(
        Expected.EITHER,
        "quick-0",
        {"another quick seed": "quick-1", "a third quick seed": "quick-2"},
    ),
)


def _unchecked(plan: Plan, target: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    unchecked(plan, target, change(load(Window.TRAIN)))


def _all_rows(rows: pd.DataFrame) -> pd.DataFrame:
    return rows


_FULL: Final = Plan.full()
_TRAINED: Final[dict[str, Callable[[Path], None]]] = {
    **{f"full-{seed}": partial(trained, Plan.full(seed)) for seed in range(3)},
    **{f"quick-{seed}": partial(trained, Plan.quick(seed)) for seed in range(3)},
    "depth-5": partial(trained, with_parameters(_FULL, max_depth=5)),
    "fewer-rows": partial(trained, _FULL.model_copy(update={"fitting_rows": 958_513})),
    "three-months": partial(_unchecked, _FULL, change=last_months),
    "shuffled-labels": partial(_unchecked, _FULL, change=shuffled),
    "uncalibrated": partial(_unchecked, _FULL, change=frauds_repeated),
    # No leaf may hold fewer examples than there are, so there is one leaf.
    "constant-score": partial(
        _unchecked,
        with_parameters(_FULL, min_child_weight=1e9).model_copy(update={"rounds": 1}),
        change=_all_rows,
    ),
}
_SPOILT: Final[dict[str, faults.Fault]] = {
    "one-hot-rotated": faults.one_hot_rotated,
    "hour-shifted": faults.hour_shifted,
    "category-unknown": faults.category_unknown,
    "amount-in-cents": faults.amount_in_cents,
    "amount-log1p": faults.amount_log1p,
    "day-shifted": faults.day_shifted,
    "recompiled": faults.nothing,
}


def release(name: str, folder: Path = FOLDER) -> Path:
    """The release of that name, made if it is not there yet."""
    target = folder / name
    if target.is_dir():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    if name in _SPOILT:
        faults.with_fault(release("full-0", folder), target, _SPOILT[name])
    else:
        _TRAINED[name](target)
    return target
