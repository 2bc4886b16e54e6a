"""Golden rows: a few hundred transactions with the exact features, scores and decisions they must give.

A pod reproduces them before it says that it is ready, so they hold what may go wrong: every category and
names unknown in different ways, every hour and day, the edges of the amount, frauds, and payments close
to where the decision turns.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from fraud_contract.artifacts.loading import GoldenRows
from fraud_contract.features import CompiledFeatures
from fraud_contract.policy import Policy
from fraud_contract.transaction import DAYS, HOURS
from fraud_training.evaluation.payments import Payments
from fraud_training.preprocessing.proof import EDGES, UNKNOWN_NAMES

Score = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]

_PER_CATEGORY: Final = 10
_MADE: Final = 600
"""With more categories each has fewer rows, at least one."""
_FRAUDS: Final = 60
_PER_BOUNDARY: Final = 30
_NEAR: Final = 0.02
"""A payment is close to a turn when its decision is another one at a score 2 % higher or lower."""
_SAFE: Final = 1e-4
"""But not this close: another machine's exp may differ in the last bit; no decision must hang on it."""
_COLUMNS: Final = ["amt", "hour", "day_of_week", "category"]


@dataclass(frozen=True)
class Golden:
    """The rows as each artifact keeps them."""

    preprocessor: GoldenRows
    model: GoldenRows


def golden_rows(
    categories: Sequence[str],
    known: pd.DataFrame,
    payments: Payments,
    policy: Policy,
    generator: np.random.Generator,
) -> pd.DataFrame:
    """The transactions: made ones of all `categories`, then some of `known`, scored as `payments`."""
    made = made_rows(categories, generator)
    frauds = np.flatnonzero(payments.fraud)
    chosen = [generator.choice(frauds, min(_FRAUDS, len(frauds)), replace=False)]
    chosen += [near[:_PER_BOUNDARY] for near in _near_boundaries(payments, policy)]
    real = known.iloc[np.unique(np.concatenate(chosen))][_COLUMNS].astype({"category": object})
    return pd.concat([made, real], ignore_index=True)


def made_rows(categories: Sequence[str], generator: np.random.Generator) -> pd.DataFrame:
    """Transactions that no data are needed for: of all `categories` and of unknown ones, and the edges."""
    names = (*categories, *UNKNOWN_NAMES)
    return pd.concat([_every_value(names, generator), _edges(names)], ignore_index=True)


def _every_value(categories: Sequence[str], generator: np.random.Generator) -> pd.DataFrame:
    """Rows for each category; hours and days go round."""
    each = max(1, min(_PER_CATEGORY, _MADE // len(categories)))
    names = np.repeat(np.array(categories, dtype=object), each)
    counter = np.arange(len(names))
    amounts = np.round(10 ** generator.uniform(0, 3.5, len(names)), 2)
    return pd.DataFrame(
        {"amt": amounts, "hour": counter % HOURS, "day_of_week": counter % DAYS, "category": names}
    )


def _edges(categories: Sequence[str]) -> pd.DataFrame:
    names = [categories[index % len(categories)] for index in range(len(EDGES))]
    return pd.DataFrame({"amt": EDGES, "hour": HOURS - 1, "day_of_week": DAYS - 1, "category": names})


def _near_boundaries(payments: Payments, policy: Policy) -> list[npt.NDArray[np.intp]]:
    """Payments close to where approve turns to review, and review (or approve) to block."""

    def at(factor: float) -> npt.NDArray[np.int8]:
        scores = np.minimum(payments.scores * np.float32(factor), np.float32(1))
        return policy.decide_all(scores, payments.amounts)

    lower, upper = at(1 - _NEAR), at(1 + _NEAR)
    safe = at(1 - _SAFE) == at(1 + _SAFE)
    return [np.flatnonzero(safe & (lower < turn) & (upper >= turn)) for turn in (1, 2)]


def golden_of(rows: pd.DataFrame, compiled: CompiledFeatures, score: Score, policy: Policy) -> Golden:
    """What `rows` must give: features row by row, scores and decisions as the serving side computes them."""
    columns = {name: tuple(rows[name].tolist()) for name in _COLUMNS}
    packed = b"".join(map(compiled.row, *columns.values()))
    features = np.frombuffer(packed, "<f4").reshape(len(rows), compiled.width)
    scores = score(features)
    decisions = policy.decide_all(scores, rows["amt"].to_numpy(np.float64))
    plain = GoldenRows(**columns, features=tuple(map(tuple, features.tolist())))
    scored = plain.model_copy(update={"score": tuple(scores.tolist()), "decision": tuple(decisions.tolist())})
    return Golden(preprocessor=plain, model=scored)
