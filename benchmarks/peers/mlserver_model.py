"""(f) MLServer: ready features to fraud probabilities, as its documentation shows a custom runtime.

It runs in an environment of its own (requirements/mlserver.txt) and finds this class by its settings.
"""

from pathlib import Path

from mlserver import MLModel
from mlserver.codecs import NumpyCodec, NumpyRequestCodec
from mlserver.types import InferenceRequest, InferenceResponse
from xgboost import Booster

from benchmarks.peers.calibration import Calibration


class FraudModel(MLModel):  # type: ignore[misc]  # its environment is not the checker's
    """The trees by XGBoost's quickest way in Python; MLServer gathers requests into batches before."""

    async def load(self) -> bool:
        """Load the release that the settings name."""
        release = Path(self.settings.parameters.uri)
        self._trees = Booster(model_file=release / "production_model" / "model.ubj")
        self._calibration = Calibration(release)
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Probabilities in the order of the rows."""
        features = self.decode_request(payload, default_codec=NumpyRequestCodec)
        margins = self._trees.inplace_predict(features, predict_type="margin")
        output = NumpyCodec.encode_output("fraud_probability", self._calibration.probabilities(margins))
        return InferenceResponse(model_name=self.name, model_version=self.version, outputs=[output])
