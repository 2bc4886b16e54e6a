"""Holding a model's figures against the quality gates of its plan."""

from collections.abc import Iterator
from math import sqrt
from typing import Final

from fraud_training.evaluation.metrics import Evaluation, Figures
from fraud_training.plan.quality_gates import QualityGateFailed, QualityGates

_ERRORS: Final = 3.0
"""Standard errors that a category's rate may be off by chance."""


def require(evaluation: Evaluation, gates: QualityGates) -> None:
    """Pass, or raise `QualityGateFailed` naming every figure that falls short."""
    failed = failed_gates(evaluation, gates)
    if failed:
        raise QualityGateFailed(
            f"The model fails {len(failed)} quality gate(s) on the evaluation window: {'; '.join(failed)}. "
            "Nothing was written. Check the data, or the parameters of the plan; where lower gates are right "
            "for your data, set [quality_gates] in a plan, or write the model with --accept-below-bars."
        )


def failed_gates(evaluation: Evaluation, gates: QualityGates) -> list[str]:
    """Every figure that falls short, and what is needed."""
    return list(_failed(evaluation, gates))


def _failed(evaluation: Evaluation, gates: QualityGates) -> Iterator[str]:
    figures = evaluation.figures
    at_least = {
        "ROC AUC": (figures.roc_auc, gates.roc_auc),
        "average precision": (figures.average_precision, gates.average_precision),
        "Brier skill": (figures.brier_skill, gates.brier_skill),
    }
    for name, (figure, least) in at_least.items():
        if figure < least:
            yield f"{name} {figure:.4f}, at least {least:g} is needed"
    tolerance = gates.mean_tolerance
    yield from _off_the_rate("mean score", figures, (1 - tolerance, 1 + tolerance))
    for name, (segment, _) in evaluation.categories.items():
        yield from _off_the_rate(f"mean score in {name}", segment, _allowed(segment.frauds, tolerance))


def _allowed(frauds: int, tolerance: float) -> tuple[float, float]:
    """Ends of mean score over fraud rate that so many frauds are compatible with, beyond the tolerance.

    A number of frauds scatters by the root of what is expected (Poisson): a category in which two happened
    may well be one of six. So what the scores expect may lie above by `_ERRORS` roots of itself, and below by
    as many of what happened, which is the larger one there.
    """
    low = 1 - tolerance - _ERRORS / sqrt(frauds)
    root_of_most = (_ERRORS + sqrt(_ERRORS**2 + 4 * frauds * (1 + tolerance))) / 2
    return max(0.0, low), root_of_most**2 / frauds


def _off_the_rate(name: str, figures: Figures, allowed: tuple[float, float]) -> Iterator[str]:
    low, high = allowed
    if not low <= figures.mean_ratio <= high:
        yield (
            f"{name} over fraud rate {figures.mean_ratio:.3f}, "
            f"{low:.2f} to {high:.2f} is needed (mean_tolerance)"
        )
