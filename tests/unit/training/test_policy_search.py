"""The policy of least cost on the payments it is chosen on."""

import numpy as np
import pytest

from fraud_contract.policy import CostPolicy, Costs, ThresholdPolicy
from fraud_training.evaluation.payments import Payments, cost_of
from fraud_training.model.policy_search import cheapest_thresholds, choose_policy
from support.rollouts.scored import scored

COSTS = Costs()


def payments(scores: list[float], amounts: list[float], fraud: list[bool]) -> Payments:
    return Payments(
        np.array(scores, np.float32), np.array(amounts), np.array(fraud), np.full(len(scores), "home", object)
    )


def every_pair(known: Payments) -> list[ThresholdPolicy]:
    """Thresholds between all neighbouring scores, and beyond both ends."""
    scores = np.unique(known.scores.astype(float))
    cuts = [0.0, *((scores[1:] + scores[:-1]) / 2), 1.0]
    return [ThresholdPolicy(review=low, block=high) for low in cuts for high in cuts if low <= high]


@pytest.mark.parametrize("seed", range(8))
def test_no_pair_of_thresholds_is_cheaper(seed: int) -> None:
    known = scored(40, seed)
    least = min(cost_of(policy, known, COSTS) for policy in every_pair(known))
    assert cost_of(cheapest_thresholds(known, COSTS), known, COSTS) == pytest.approx(least)


def test_payments_of_one_score_are_never_split() -> None:
    known = payments([0.25] * 3 + [0.75] * 3, [500.0] * 6, [False, False, True, True, True, False])
    least = min(cost_of(policy, known, COSTS) for policy in every_pair(known))
    assert cost_of(cheapest_thresholds(known, COSTS), known, COSTS) == pytest.approx(least)


def test_without_fraud_everything_is_approved() -> None:
    known = payments([0.2, 0.4, 0.9], [10.0, 20.0, 30.0], [False] * 3)
    assert cheapest_thresholds(known, COSTS).decide_all(known.scores, known.amounts).tolist() == [0, 0, 0]


def test_large_amounts_of_sure_fraud_are_blocked() -> None:
    known = payments([0.01, 0.02, 0.98, 0.99], [10.0, 20.0, 900.0, 900.0], [False, False, True, True])
    assert cheapest_thresholds(known, COSTS).decide_all(known.scores, known.amounts).tolist() == [0, 0, 2, 2]


def test_the_amount_decides_where_scores_are_probabilities() -> None:
    choice = choose_policy(scored(20_000), COSTS)
    assert choice.policy == CostPolicy(costs=COSTS)
    assert choice.cost_by_amount < choice.cost_of_thresholds < choice.cost_of_approving_all


def test_the_amount_decides_where_it_makes_no_difference() -> None:
    known = scored(20_000)
    alike = Payments(known.scores, np.full(len(known), 80.0), known.fraud, known.categories)
    choice = choose_policy(alike, COSTS)
    assert choice.policy == CostPolicy(costs=COSTS)
    assert choice.cost_of_thresholds == pytest.approx(choice.cost_by_amount, rel=0.05)


def test_thresholds_take_over_where_scores_are_no_probabilities() -> None:
    known = scored(20_000)
    understated = Payments(known.scores**4, known.amounts, known.fraud, known.categories)
    choice = choose_policy(understated, COSTS)
    assert choice.policy == choice.thresholds
    assert choice.cost_of_thresholds < 0.95 * choice.cost_by_amount


def test_thresholds_are_priced_on_payments_they_were_not_chosen_on() -> None:
    known = scored(2_000)
    choice = choose_policy(known, COSTS)
    assert cost_of(choice.thresholds, known, COSTS) < choice.cost_of_thresholds
