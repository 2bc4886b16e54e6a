"""Choosing the decision policy: what would have cost least on the validation window."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from fraud_contract.policy import DECISIONS, CostPolicy, Costs, Decision, Policy, ThresholdPolicy
from fraud_training.evaluation.payments import Payments, cost_of

MIN_SAVING: Final = 0.05
"""Share of cost by which thresholds must win. Deciding by amount has nothing to fit, so that two models that
score alike decide alike; thresholds chosen anew turn decisions that no score asked for."""
_DIGITS: Final = 4
"""Thresholds are rounded to this many decimals, so that they can be written down and compared."""


@dataclass(frozen=True)
class PolicyChoice:
    """The policy, and what each candidate cost on validation."""

    policy: Policy
    thresholds: ThresholdPolicy
    cost_of_thresholds: float
    """Each half of the window priced with the thresholds that were best on the other."""
    cost_by_amount: float
    """Nothing is fitted there, so the whole window counts as it is."""
    cost_of_approving_all: float


def choose_policy(payments: Payments, costs: Costs) -> PolicyChoice:
    """The cheaper of deciding by amount and the best thresholds, by amount when it is close."""
    half = len(payments) // 2
    first, second = payments.take(slice(None, half)), payments.take(slice(half, None))
    fixed = sum(
        cost_of(cheapest_thresholds(chosen, costs), priced, costs)
        for chosen, priced in ((first, second), (second, first))
    )
    by_amount, thresholds = CostPolicy(costs=costs), cheapest_thresholds(payments, costs)
    flexible = cost_of(by_amount, payments, costs)
    return PolicyChoice(
        policy=thresholds if fixed < (1 - MIN_SAVING) * flexible else by_amount,
        thresholds=thresholds,
        cost_of_thresholds=fixed,
        cost_by_amount=flexible,
        cost_of_approving_all=float(costs.of(Decision.APPROVE, payments.fraud, payments.amounts).sum()),
    )


def cheapest_thresholds(payments: Payments, costs: Costs) -> ThresholdPolicy:
    """The pair of thresholds of least total cost, over every pair that splits the payments differently.

    With payments in order of score, let A(i), R(i) and B(i) be the cost of approving, reviewing and blocking
    the first i. Approving i, reviewing up to j and blocking the rest costs
    (A(i) - R(i)) + (R(j) - B(j)) + B(n), so the best i for each j is a running minimum.
    """
    order = np.argsort(payments.scores, kind="stable")
    scores = payments.scores[order].astype(np.float64)
    approve, review, block = (
        np.concatenate([[0.0], np.cumsum(costs.of(each, payments.fraud[order], payments.amounts[order]))])
        for each in DECISIONS
    )
    # A threshold takes all payments of one score: only between two scores may a cut lie.
    cuts = np.concatenate([[0], np.flatnonzero(np.diff(scores)) + 1, [len(scores)]])
    low, high = (approve - review)[cuts], (review - block)[cuts]
    end = int(np.argmin(np.minimum.accumulate(low) + high))
    start = int(np.argmin(low[: end + 1]))
    first, second = (_between(scores, int(cuts[index])) for index in (start, end))
    return ThresholdPolicy(review=first, block=second)


def _between(scores: npt.NDArray[np.float64], cut: int) -> float:
    """A short number that separates the scores before `cut` from those after it, as well as digits allow."""
    below = scores[cut - 1] if cut else 0.0
    above = scores[cut] if cut < len(scores) else 1.0
    return round(float(below + above) / 2, _DIGITS)
