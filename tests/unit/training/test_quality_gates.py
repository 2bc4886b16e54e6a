"""A model that fails a quality gate is refused, and the figure is named."""

from dataclasses import replace

import pytest

from fraud_contract.policy import CostPolicy, Costs
from fraud_training.evaluation.gates import require
from fraud_training.evaluation.metrics import Evaluation, Figures, outcome_of
from fraud_training.plan.quality_gates import QUICK_GATES, QualityGateFailed, QualityGates
from support.rollouts.scored import scored

GOOD = Figures(
    rows=10_000, frauds=50, rate=0.005, roc_auc=0.997, average_precision=0.85, brier=0.002,
    brier_skill=0.68, log_loss=0.007, mean_score=0.005, mean_ratio=1.02,
)  # fmt: skip


OUTCOME = outcome_of(scored(), CostPolicy(), Costs())


def evaluation(overall: Figures, travel: Figures = GOOD) -> Evaluation:
    return Evaluation(
        figures=overall,
        outcome=OUTCOME,
        categories={"travel": (travel, OUTCOME)},
        decisions=((1, 0, 0), (0, 0, 1)),
        unknown=(GOOD, OUTCOME),
    )


def test_a_good_model_passes() -> None:
    require(evaluation(GOOD), QualityGates())


@pytest.mark.parametrize(
    ("poor", "named"),
    [
        (replace(GOOD, roc_auc=0.9949), "ROC AUC 0.9949, at least 0.995"),
        (replace(GOOD, average_precision=0.79), "average precision 0.7900, at least 0.8"),
        (replace(GOOD, brier_skill=0.61), "Brier skill 0.6100, at least 0.62"),
        (replace(GOOD, mean_ratio=1.11), "mean score over fraud rate 1.110, 0.90 to 1.10"),
        (replace(GOOD, mean_ratio=0.89), "mean score over fraud rate 0.890"),
    ],
)
def test_each_bar_refuses_by_name(poor: Figures, named: str) -> None:
    with pytest.raises(QualityGateFailed, match=f"fails 1 quality gate.*{named}"):
        require(evaluation(poor), QualityGates())


def test_all_failed_gates_are_named() -> None:
    with pytest.raises(QualityGateFailed, match=r"fails 2 quality gate.*ROC AUC.*average precision"):
        require(evaluation(replace(GOOD, roc_auc=0.9, average_precision=0.5)), QualityGates())


def test_a_quick_model_only_has_to_rank() -> None:
    require(
        evaluation(replace(GOOD, roc_auc=0.9941, average_precision=0.7, brier_skill=0.5, mean_ratio=2)),
        QUICK_GATES,
    )
    with pytest.raises(QualityGateFailed, match=r"ROC AUC 0\.9930, at least 0\.994"):
        require(evaluation(replace(GOOD, roc_auc=0.993)), QUICK_GATES)


def test_a_category_that_is_off_is_named() -> None:
    # 50 frauds: from 1 - 0.1 - 3 / sqrt(50) on; 82 are 50 with 10 % and three times sqrt(82) more.
    require(evaluation(GOOD, replace(GOOD, mean_ratio=1.5)), QualityGates())
    with pytest.raises(
        QualityGateFailed,
        match=r"mean score in travel over fraud rate 1\.700, 0\.48 to 1\.64 is needed \(mean_tolerance\)",
    ):
        require(evaluation(GOOD, replace(GOOD, mean_ratio=1.7)), QualityGates())


def test_a_rare_category_is_given_more_room() -> None:
    require(evaluation(GOOD, replace(GOOD, mean_ratio=1.7, frauds=20)), QualityGates())
    # One fraud where six were expected is no rarity among 37 categories.
    require(evaluation(GOOD, replace(GOOD, mean_ratio=6.1, frauds=1)), QualityGates())
    require(evaluation(GOOD, replace(GOOD, mean_ratio=0.05, frauds=1)), QualityGates())
    with pytest.raises(QualityGateFailed, match=r"over fraud rate 12\.000, 0\.00 to 11\.09 is needed"):
        require(evaluation(GOOD, replace(GOOD, mean_ratio=12, frauds=1)), QualityGates())


def test_other_data_have_other_gates() -> None:
    gates = QualityGates(roc_auc=0.9, average_precision=0.5, brier_skill=0.1, mean_tolerance=0.5)
    require(evaluation(replace(GOOD, roc_auc=0.91, average_precision=0.6, mean_ratio=1.4)), gates)
    with pytest.raises(QualityGateFailed, match=r"average precision 0\.4900, at least 0\.5"):
        require(evaluation(replace(GOOD, average_precision=0.49)), gates)
