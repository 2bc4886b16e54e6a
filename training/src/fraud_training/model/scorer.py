"""From transactions to calibrated scores, as the predictor computes them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost

from fraud_contract.calibration import Calibration
from fraud_contract.features import CompiledFeatures
from fraud_training.data.examples import Examples
from fraud_training.evaluation.payments import Payments
from fraud_training.model.boosting import margins, margins_of


@dataclass(frozen=True)
class Scorer:
    """Features to calibrated scores, as the predictor computes them."""

    compiled: CompiledFeatures
    booster: xgboost.Booster
    calibration: Calibration

    def payments(self, rows: pd.DataFrame) -> Payments:
        """The rows with their scores."""
        return Payments(
            scores=self.calibration.probabilities(margins(self.booster, Examples.of(self.compiled, rows))),
            amounts=rows["amt"].to_numpy(np.float64),
            fraud=rows["is_fraud"].to_numpy(np.bool_),
            categories=rows["category"].to_numpy(object),
        )

    def scores(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Calibrated fraud probabilities; shape (n,)."""
        return self.calibration.probabilities(margins_of(self.booster, features))
