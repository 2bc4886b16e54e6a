"""The bars a model must clear on the evaluation window before anything is written."""

from collections.abc import Iterator
from typing import Final

from fraud_contract.errors import ArtifactError
from fraud_training.evaluation import Figures

ROC_AUC: Final = 0.995
QUICK_ROC_AUC: Final = 0.994
AVERAGE_PRECISION: Final = 0.80
BRIER_SKILL: Final = 0.62
"""Skill, not the raw score, which follows the window's fraud rate."""
MEAN_TOLERANCE: Final = 0.10
"""How far the mean score may lie from the window's fraud rate, as a share of it."""


class BarMissed(ArtifactError):
    """A model is not good enough to be published."""

    code = "bar_missed"


def require(figures: Figures, *, quick: bool) -> None:
    """Pass, or raise `BarMissed` naming every figure that falls short; a quick model only has to rank."""
    missed = list(_missed_quick(figures) if quick else _missed(figures))
    if missed:
        raise BarMissed(
            f"The model misses {len(missed)} bar(s) on the evaluation window: {'; '.join(missed)}. "
            "Nothing was written. Check the data, or the parameters of the plan."
        )


def _missed_quick(figures: Figures) -> Iterator[str]:
    if figures.roc_auc < QUICK_ROC_AUC:
        yield f"ROC AUC {figures.roc_auc:.4f}, at least {QUICK_ROC_AUC} is needed"


def _missed(figures: Figures) -> Iterator[str]:
    at_least = {
        "ROC AUC": (figures.roc_auc, ROC_AUC),
        "average precision": (figures.average_precision, AVERAGE_PRECISION),
        "Brier skill": (figures.brier_skill, BRIER_SKILL),
    }
    for name, (figure, bar) in at_least.items():
        if figure < bar:
            yield f"{name} {figure:.4f}, at least {bar} is needed"
    if abs(figures.mean_ratio - 1) > MEAN_TOLERANCE:
        yield (
            f"mean score over fraud rate {figures.mean_ratio:.3f}, "
            f"{1 - MEAN_TOLERANCE:.2f} to {1 + MEAN_TOLERANCE:.2f} is needed"
        )
