"""The quality gates of a plan: what its model must reach on the evaluation window."""

from math import inf
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from fraud_contract.errors import ArtifactError


class QualityGates(BaseModel):
    """What a model must reach on the evaluation window; by default, what the repository's data allow."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    roc_auc: Annotated[float, Field(le=1)] = 0.995
    average_precision: Annotated[float, Field(le=1)] = 0.80
    brier_skill: Annotated[float, Field(le=1)] = 0.62
    """Skill, not the raw score, which follows the window's fraud rate."""
    mean_tolerance: Annotated[float, Field(ge=0)] = 0.10
    """How far the mean score may lie from the window's fraud rate, as a share of it; in a category by three
    standard errors of its number of frauds more."""


QUICK_GATES: Final = QualityGates(roc_auc=0.994, average_precision=0.0, brier_skill=-inf, mean_tolerance=inf)
"""A quick model only has to rank."""


class QualityGateFailed(ArtifactError):
    """A model is not good enough to be published."""

    code = "bar_failed"
