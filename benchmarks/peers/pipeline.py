"""A release's artifacts as scikit-learn and XGBoost users load them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from xgboost import XGBClassifier

from benchmarks.peers.calibration import Calibration, Floats


def load_preprocessor(release: Path) -> ColumnTransformer:
    """The fitted preprocessor, with dense output: the trees were grown on dense rows."""
    preprocessor = skops.io.load(release / "preprocessor" / "preprocessor.skops", trusted=["numpy.dtype"])
    preprocessor.sparse_output_ = False
    return preprocessor


class Classifier:
    """The trees and their calibration."""

    def __init__(self, release: Path) -> None:
        self.trees = XGBClassifier(n_jobs=1)
        self.trees.load_model(release / "production_model" / "model.ubj")
        self._calibration = Calibration(release)

    def calibrated(self, margins: Floats) -> list[float]:
        """Fraud probabilities of the trees' margins."""
        return self._calibration.probabilities(margins).tolist()  # type: ignore[no-any-return]  # a list of floats

    def probabilities(self, features: Sequence[Sequence[float]]) -> list[float]:
        """Fraud probabilities of feature rows."""
        return self.calibrated(self.trees.predict(np.array(features), output_margin=True))


class FraudPipeline:
    """Preprocessor and trees as one scikit-learn pipeline."""

    def __init__(self, release: Path) -> None:
        self._classifier = Classifier(release)
        self._pipeline = Pipeline(
            [("preprocessor", load_preprocessor(release)), ("classifier", self._classifier.trees)]
        )

    def probabilities(self, frame: Any) -> list[float]:  # noqa: ANN401 - a DataFrame; pandas is untyped here
        """Fraud probabilities of a DataFrame of transactions."""
        return self._classifier.calibrated(self._pipeline.predict(frame, output_margin=True))
