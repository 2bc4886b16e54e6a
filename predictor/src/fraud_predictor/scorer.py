"""The trees of a model artifact, ready to score."""

from typing import Final, Self

import numpy as np
import xgboost as xgb

from fraud_contract.artifacts.loading import BOOSTER, ModelArtifact
from fraud_contract.calibration import Calibration
from fraud_contract.errors import ArtifactCorrupt
from fraud_contract.trees.model import read_trees
from fraud_predictor.forest import FloatRows, Forest
from fraud_predictor.proof import Margins, fastest

_TOLERANCE: Final = 1e-6
"""Between the golden score and ours: another processor may round the last bits otherwise."""


class Scorer:
    """Scores feature vectors: margin of the trees, then calibration."""

    def __init__(self, booster: xgb.Booster, calibration: Calibration) -> None:
        self._booster = booster
        self._forest: Margins = Forest(booster)
        self._calibration = calibration
        self.width = int(booster.num_features())

    @classmethod
    def load(cls, artifact: ModelArtifact) -> Self:
        """The artifact's trees, once they reproduced its golden scores.

        Raises:
            ArtifactCorrupt: the trees are unsound or cannot be read, or score the golden rows otherwise.
        """
        trees = read_trees(artifact.folder / BOOSTER)
        booster = xgb.Booster()
        try:
            # What was checked, not what the file may hold by now.
            booster.load_model(bytearray(trees.content))
            booster.num_features()  # until something is asked, XGBoost leaves parameters unread
        except xgb.core.XGBoostError:
            raise ArtifactCorrupt(
                f"{artifact.folder / BOOSTER} is no model for XGBoost {xgb.__version__}. Publish it again."
            ) from None
        # One row costs less than waking a second thread, and a pod scales by replicas.
        booster.set_param({"nthread": 1})
        scorer = cls(booster, artifact.document.calibration)
        scorer._reproduce_golden(artifact)
        golden = np.asarray(artifact.golden.features, np.float32)
        scorer._forest = fastest(trees, scorer._forest, golden)
        return scorer

    def _reproduce_golden(self, artifact: ModelArtifact) -> None:
        golden = artifact.golden
        features = np.asarray(golden.features, np.float32)
        if features.shape[1] != self.width:
            raise ArtifactCorrupt(
                f"{artifact.folder}: trees of {self.width} features, golden rows of {features.shape[1]}. "
                "Publish the model again."
            )
        error = np.abs(self.scores(features) - np.asarray(golden.score))
        if not np.all(error <= _TOLERANCE):
            raise ArtifactCorrupt(
                f"{artifact.folder}: golden row {int(np.argmax(error))} scores {float(error.max()):.2g} off. "
                "The model and its golden rows are not of one training; publish it again."
            )

    def margins(self, features: FloatRows) -> FloatRows:
        """Log-odds of fraud before calibration; shape (n,) for features of shape (n, width)."""
        return self._forest.margins(features)

    def contributions(self, features: FloatRows) -> FloatRows:
        """What each feature adds to the margin (exact TreeSHAP, Lundberg et al. 2020); shape (n, width + 1).

        The last column is the bias; a row adds up to its margin. Takes a millisecond or more a row.
        """
        rows = xgb.DMatrix(features, feature_names=self._booster.feature_names)
        contributions: FloatRows = self._booster.predict(rows, pred_contribs=True)
        return contributions

    def scores(self, features: FloatRows) -> FloatRows:
        """Calibrated fraud probabilities, shape (n,)."""
        return self._calibration.probabilities(self.margins(features))
