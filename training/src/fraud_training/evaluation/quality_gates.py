"""The quality gates a model must pass on the evaluation window before anything is written."""

from collections.abc import Iterator
from math import sqrt
from typing import Final

from fraud_contract.errors import ArtifactError
from fraud_training.evaluation.metrics import Evaluation, Figures

ROC_AUC: Final = 0.995
QUICK_ROC_AUC: Final = 0.994
AVERAGE_PRECISION: Final = 0.80
BRIER_SKILL: Final = 0.62
"""Skill, not the raw score, which follows the window's fraud rate."""
MEAN_TOLERANCE: Final = 0.10
"""How far the mean score may lie from the window's fraud rate, as a share of it; in a category by three
standard errors of its rate more."""


class QualityGateFailed(ArtifactError):
    """A model is not good enough to be published."""

    code = "quality_gate_failed"


def require(evaluation: Evaluation, *, quick: bool) -> None:
    """Pass, or raise `QualityGateFailed` naming every figure that falls short."""
    failed = failed_gates(evaluation, quick=quick)
    if failed:
        raise QualityGateFailed(
            f"The model fails {len(failed)} quality gate(s) on the evaluation window: {'; '.join(failed)}. "
            "Nothing was written. Check the data, or the parameters of the plan."
        )


def failed_gates(evaluation: Evaluation, *, quick: bool) -> list[str]:
    """Every figure that falls short, and what is needed."""
    return list(_failed_quick(evaluation.figures) if quick else _failed(evaluation))


def _failed_quick(figures: Figures) -> Iterator[str]:
    if figures.roc_auc < QUICK_ROC_AUC:
        yield f"ROC AUC {figures.roc_auc:.4f}, at least {QUICK_ROC_AUC} is needed"


def _failed(evaluation: Evaluation) -> Iterator[str]:
    figures = evaluation.figures
    at_least = {
        "ROC AUC": (figures.roc_auc, ROC_AUC),
        "average precision": (figures.average_precision, AVERAGE_PRECISION),
        "Brier skill": (figures.brier_skill, BRIER_SKILL),
    }
    for name, (figure, least) in at_least.items():
        if figure < least:
            yield f"{name} {figure:.4f}, at least {least} is needed"
    yield from _off_the_rate("mean score", figures, MEAN_TOLERANCE)
    for name, (segment, _) in evaluation.categories.items():
        # A share of few frauds is itself uncertain: by 1 / sqrt(frauds) of it.
        yield from _off_the_rate(f"mean score in {name}", segment, MEAN_TOLERANCE + 3 / sqrt(segment.frauds))


def _off_the_rate(name: str, figures: Figures, tolerance: float) -> Iterator[str]:
    if abs(figures.mean_ratio - 1) > tolerance:
        yield (
            f"{name} over fraud rate {figures.mean_ratio:.3f}, "
            f"{1 - tolerance:.2f} to {1 + tolerance:.2f} is needed"
        )
