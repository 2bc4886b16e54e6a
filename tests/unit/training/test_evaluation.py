"""Figures of scores and decisions, against their definitions."""

import numpy as np
import pytest

from fraud_contract.policy import Costs, ThresholdPolicy
from fraud_training.evaluation.curves import calibration_bins, precision_recall
from fraud_training.evaluation.metrics import evaluate, figures_of, outcome_of
from fraud_training.evaluation.payments import Payments
from support.rollouts.scored import scored

COSTS = Costs(chargeback_fee=10, review_cost=2, review_recall=0.5, false_block_cost=30)
POLICY = ThresholdPolicy(review=0.4, block=0.8)
KNOWN = Payments(
    scores=np.array([0.1, 0.5, 0.9, 0.2, 0.6, 0.9], np.float32),
    amounts=np.array([10.0, 20.0, 40.0, 100.0, 200.0, 400.0]),
    fraud=np.array([False, False, False, True, True, True]),
    categories=np.array(["home", "home", "home", "home", "travel", "travel"], dtype=object),
)


def test_money_counts_every_decision() -> None:
    outcome = outcome_of(KNOWN, POLICY, COSTS)
    # Good: approved 0, reviewed 2, blocked 30. Fraud: approved 110, reviewed 2 + half of 210, blocked 0.
    assert outcome.cost == pytest.approx(0 + 2 + 30 + 110 + (2 + 105) + 0)
    assert outcome.cost_of_approving_all == pytest.approx(110 + 210 + 410)
    assert outcome.saved == pytest.approx(1 - 249 / 730)


def test_caught_value_counts_what_review_finds() -> None:
    outcome = outcome_of(KNOWN, POLICY, COSTS)
    assert outcome.fraud_value == 700
    assert outcome.fraud_value_caught == pytest.approx((0.5 * 200 + 400) / 700)
    assert [outcome.recall, outcome.recall_blocked] == pytest.approx([2 / 3, 1 / 3])


def test_good_customers_and_reviews_are_counted() -> None:
    outcome = outcome_of(KNOWN, POLICY, COSTS)
    assert (outcome.good_blocked, outcome.reviewed) == (1, 2)
    assert outcome.good_blocked_per_10000 == pytest.approx(1e4 / 6)


def test_an_evaluation_has_all_segments() -> None:
    known = scored(4_000)
    evaluation = evaluate(known, known, POLICY, COSTS)
    assert list(evaluation.categories) == ["home", "travel"]
    assert sum(figures.rows for figures, _ in evaluation.categories.values()) == 4_000
    assert sum(map(sum, evaluation.decisions)) == 4_000
    assert evaluation.unknown == (evaluation.figures, evaluation.outcome)


def test_always_answering_the_rate_has_no_skill() -> None:
    known = Payments(np.full(6, 0.5, np.float32), KNOWN.amounts, KNOWN.fraud, KNOWN.categories)
    figures = figures_of(known)
    assert [figures.brier_skill, figures.roc_auc, figures.mean_ratio] == pytest.approx([0, 0.5, 1])


def test_perfect_scores_have_all_skill() -> None:
    known = Payments(KNOWN.fraud.astype(np.float32), KNOWN.amounts, KNOWN.fraud, KNOWN.categories)
    figures = figures_of(known)
    assert (figures.brier_skill, figures.roc_auc, figures.average_precision) == (1, 1, 1)


def test_the_precision_recall_curve_is_thinned_but_true() -> None:
    known = scored(5_000)
    points = precision_recall(known)
    assert 100 < len(points) <= 200
    for threshold, precision, recall in points[::20]:
        flagged = known.scores >= threshold
        assert precision == pytest.approx(known.fraud[flagged].mean())
        assert recall == pytest.approx(flagged[known.fraud].mean())


def test_calibration_bins_hold_every_payment_once() -> None:
    known = scored(5_000)
    bins = calibration_bins(known)
    assert bins[:, 2].sum() == 5_000
    assert (bins[:, 2] * bins[:, 4]).sum() == pytest.approx(known.fraud.sum())
    assert ((bins[:, 0] <= bins[:, 3]) & (bins[:, 3] <= bins[:, 1])).all()


def test_a_score_of_one_is_in_the_last_bin() -> None:
    known = Payments(
        np.array([0.0, 1.0], np.float32), np.ones(2), np.array([False, True]), np.array(["a", "b"], object)
    )
    assert calibration_bins(known)[:, :2].tolist() == [[0.0, 0.001], [0.9, 1.0]]
