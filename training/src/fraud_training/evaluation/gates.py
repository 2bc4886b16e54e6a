"""Holding a model's figures against the quality gates of its plan."""

from collections.abc import Iterator
from math import sqrt

from fraud_training.evaluation.metrics import Evaluation, Figures
from fraud_training.plan.quality_gates import QualityGateFailed, QualityGates


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
    yield from _off_the_rate("mean score", figures, gates.mean_tolerance)
    for name, (segment, _) in evaluation.categories.items():
        # A share of few frauds is itself uncertain: by 1 / sqrt(frauds) of it.
        tolerance = gates.mean_tolerance + 3 / sqrt(segment.frauds)
        yield from _off_the_rate(f"mean score in {name}", segment, tolerance)


def _off_the_rate(name: str, figures: Figures, tolerance: float) -> Iterator[str]:
    if abs(figures.mean_ratio - 1) > tolerance:
        yield (
            f"{name} over fraud rate {figures.mean_ratio:.3f}, "
            f"{1 - tolerance:.2f} to {1 + tolerance:.2f} is needed"
        )
