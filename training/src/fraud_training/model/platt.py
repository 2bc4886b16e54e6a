"""Choosing the calibration: none, unless Platt scaling shows on rows of its own that it helps.

It is fitted on rows that early stopping did not see and judged on later ones. Isotonic regression is no
candidate, because its steps cost average precision.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from fraud_contract.calibration import Calibration
from fraud_training.evaluation.metrics import log_losses

MIN_STANDARD_ERRORS: Final = 3.0
"""Standard errors by which scaling must lower the mean log loss. It follows the fraud rate of the weeks it is
fitted on, while later weeks have another; and a retrain that differs by chance must not come out scaled."""

Margins = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class CalibrationChoice:
    """The calibration, and what was measured to choose it: mean log losses on the judging rows."""

    calibration: Calibration
    candidate: Calibration
    loss_without: float
    loss_with: float
    standard_error: float
    """Of the mean difference between the two losses."""


def choose_calibration(margins: Margins, fraud: Flags) -> CalibrationChoice:
    """Platt scaling fitted on the first half of the rows if it is clearly better on the rest."""
    half = len(margins) // 2
    candidate = fit_platt(margins[:half], fraud[:half])
    without = log_losses(Calibration().probabilities(margins[half:]), fraud[half:])
    scaled = log_losses(candidate.probabilities(margins[half:]), fraud[half:])
    error = float(np.std(without - scaled, ddof=1) / np.sqrt(len(scaled)))
    helps = without.mean() - scaled.mean() > MIN_STANDARD_ERRORS * error
    return CalibrationChoice(
        calibration=candidate if helps else Calibration(),
        candidate=candidate,
        loss_without=float(without.mean()),
        loss_with=float(scaled.mean()),
        standard_error=error,
    )


def fit_platt(margins: Margins, fraud: Flags) -> Calibration:
    """The slope and intercept of least log loss; none where the rows cannot tell or would turn the order."""
    if not 0 < fraud.sum() < len(fraud):
        return Calibration()
    fitted = LogisticRegression(C=np.inf).fit(margins.astype(np.float64)[:, None], fraud)
    slope, intercept = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    return Calibration(slope=slope, intercept=intercept) if slope > 0 else Calibration()
