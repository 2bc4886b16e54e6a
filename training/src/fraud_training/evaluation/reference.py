"""How the inputs were distributed in training, as counts to measure drift against."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from fraud_contract.artifacts.loading import OutcomeReference
from fraud_contract.features import Reference
from fraud_contract.metrics.scores import SCORE_BOUNDS
from fraud_contract.policy import DECISIONS, Policy, costs_of
from fraud_contract.transaction import DAYS, HOURS

FloatRow = npt.NDArray[np.float32]
AmountRow = npt.NDArray[np.float64]
AMOUNT_EDGES: Final = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)
"""The same for every release, so that two of them can be compared bin by bin."""


def reference_of(rows: pd.DataFrame, categories: Sequence[str]) -> Reference:
    """The distribution of each input over `rows`; no row has an unknown category."""
    bins = np.searchsorted(AMOUNT_EDGES, rows["amt"].to_numpy(), side="left")  # as the counters of a release
    codes = pd.Categorical(rows["category"], categories=list(categories)).codes
    return Reference(
        amount_edges=AMOUNT_EDGES,
        amount=_counts(bins, len(AMOUNT_EDGES) + 1),
        hour=_counts(rows["hour"].to_numpy(), HOURS),
        day_of_week=_counts(rows["day_of_week"].to_numpy(), DAYS),
        category=_counts(codes, len(categories) + 1),
    )


def outcome_reference(scores: FloatRow, amounts: AmountRow, policy: Policy) -> OutcomeReference:
    """What `policy` decides on scored payments, both arrays of shape (n,)."""
    decisions = policy.decide_all(scores, amounts)
    expected = np.stack(costs_of(policy).expected(scores.astype(np.float64), amounts))
    approved, reviewed, blocked = _counts(decisions, len(DECISIONS))
    return OutcomeReference(
        score_bounds=SCORE_BOUNDS,
        scores=_counts(np.searchsorted(SCORE_BOUNDS, scores, side="left"), len(SCORE_BOUNDS) + 1),
        decisions=(approved, reviewed, blocked),
        expected_cost=float(np.choose(decisions, expected).sum()),
    )


def _counts(values: np.ndarray[tuple[int, ...], np.dtype[np.integer]], size: int) -> tuple[int, ...]:
    return tuple(np.bincount(values, minlength=size).tolist())
