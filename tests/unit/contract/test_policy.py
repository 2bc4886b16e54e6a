"""Decisions follow from score, amount and what mistakes cost."""

import numpy as np
import pytest
from pydantic import ValidationError

from fraud_contract.policy import CostPolicy, Costs, Decision, ThresholdPolicy


@pytest.mark.parametrize(
    ("score", "decision"),
    [
        (0.0, Decision.APPROVE),
        (0.0499, Decision.APPROVE),
        (0.05, Decision.REVIEW),
        (0.4999, Decision.REVIEW),
        (0.5, Decision.BLOCK),
        (1.0, Decision.BLOCK),
    ],
)
def test_thresholds_belong_to_the_severer_decision(score: float, decision: Decision) -> None:
    assert decision == ThresholdPolicy(review=0.05, block=0.5).decide(score, 10.0)


def test_thresholds_must_be_ordered() -> None:
    with pytest.raises(ValidationError, match=r"review \(0.5\) must not lie above block \(0.1\)"):
        ThresholdPolicy(review=0.5, block=0.1)


def test_a_small_doubtful_payment_passes_where_a_large_one_is_reviewed() -> None:
    policy = CostPolicy()
    assert (policy.decide(0.05, 5.0), policy.decide(0.05, 500.0)) == (Decision.APPROVE, Decision.REVIEW)


@pytest.mark.parametrize(
    ("decision", "expected"),
    [(Decision.APPROVE, [0.0, 125.0]), (Decision.REVIEW, [4.0, 10.25]), (Decision.BLOCK, [40.0, 0.0])],
)
def test_costs_of_a_decision_once_the_truth_is_known(decision: Decision, expected: list[float]) -> None:
    costs = Costs(chargeback_fee=25, review_cost=4, review_recall=0.95, false_block_cost=40)
    known = costs.of(decision, np.array([False, True]), np.array([100.0, 100.0]))
    assert expected == pytest.approx(known.tolist())


def test_only_a_block_is_called_fraudulent() -> None:
    assert [each.prediction for each in Decision] == ["non-fraudulent", "non-fraudulent", "fraudulent"]


def test_costs_stay_finite_whatever_payments_are_summed() -> None:
    with pytest.raises(ValidationError, match="false_block_cost"):
        Costs(false_block_cost=1e300)
