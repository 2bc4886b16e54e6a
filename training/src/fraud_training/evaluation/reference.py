"""How scores and decisions were distributed on the evaluation window, as counts to measure drift against."""

import numpy as np
import numpy.typing as npt

from fraud_contract.artifacts.loading import OutcomeReference
from fraud_contract.metrics.scores import SCORE_BOUNDS
from fraud_contract.policy import DECISIONS, Policy, costs_of


def outcome_reference(
    scores: npt.NDArray[np.float32], amounts: npt.NDArray[np.float64], policy: Policy
) -> OutcomeReference:
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
