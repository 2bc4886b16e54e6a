"""The transactions a run works with, and how they are turned into examples and scored payments."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost

from fraud_contract.calibration import Calibration
from fraud_contract.features import CompiledFeatures
from fraud_training.data.repository import Window, describe, load
from fraud_training.evaluation.payments import Payments
from fraud_training.model.boosting import Examples, margins
from fraud_training.plan import Plan


@dataclass(frozen=True)
class Rows:
    """The windows of a run; traffic is none of them."""

    fit: pd.DataFrame
    validation: pd.DataFrame
    evaluation: pd.DataFrame

    @classmethod
    def read(cls, plan: Plan, generator: np.random.Generator) -> Self:
        """All windows in full, but for the rows to fit on where the plan asks for fewer."""
        fit, validation, evaluation = (
            load(window, plan.data) for window in (Window.TRAIN, Window.VALIDATION, Window.EVALUATION)
        )
        if plan.fitting_rows is not None and plan.fitting_rows < len(fit):
            fit = fit.iloc[np.sort(generator.choice(len(fit), plan.fitting_rows, replace=False))]
        return cls(fit, validation, evaluation)

    def describe(self, folder: Path) -> dict[str, Any]:
        """Each window's rows, frauds, first and last time and fingerprint, for the model's document."""
        return {
            Window.TRAIN.value: describe(Window.TRAIN, self.fit, folder),
            Window.VALIDATION.value: describe(Window.VALIDATION, self.validation, folder),
            Window.EVALUATION.value: describe(Window.EVALUATION, self.evaluation, folder),
        }

    @property
    def earlier_validation(self) -> pd.DataFrame:
        """The half of validation that early stopping looks at."""
        return self.validation.iloc[: len(self.validation) // 2]

    @property
    def later_validation(self) -> pd.DataFrame:
        """The half that is left to calibrate on."""
        return self.validation.iloc[len(self.validation) // 2 :]


def examples(compiled: CompiledFeatures, rows: pd.DataFrame) -> Examples:
    """The features of `rows` and their truth."""
    features = compiled.rows(rows["amt"], rows["hour"], rows["day_of_week"], rows["category"].tolist())
    return Examples(features, rows["is_fraud"].to_numpy(np.bool_))


@dataclass(frozen=True)
class Scorer:
    """Features to calibrated scores, as the predictor computes them."""

    compiled: CompiledFeatures
    booster: xgboost.Booster
    calibration: Calibration

    def payments(self, rows: pd.DataFrame) -> Payments:
        """The rows with their scores."""
        known = examples(self.compiled, rows)
        return Payments(
            scores=self.scores(known.features),
            amounts=rows["amt"].to_numpy(np.float64),
            fraud=known.fraud,
            categories=rows["category"].to_numpy(object),
        )

    def scores(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Calibrated fraud probabilities; shape (n,)."""
        return self.calibration.probabilities(margins(self.booster, features))
