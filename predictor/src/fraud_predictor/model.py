"""The predictor as a KServe model."""

import asyncio
import logging
from typing import Final

import numpy as np
from kserve import Model
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

from fraud_contract.artifacts.loading import ModelArtifact
from fraud_contract.errors import InvalidTensor, PairMismatch, RequestTooLarge
from fraud_contract.oip import (
    CONTRIBUTIONS,
    EXPLAIN,
    FEATURE_SPEC_HASH,
    FEATURES,
    MODEL_DIGEST,
    MODEL_NAME,
    MODEL_VERSION,
    PREPROCESSOR_DIGEST,
    SCORE,
)
from fraud_predictor.forest import FloatRows
from fraud_predictor.metrics import SCORED_ROWS
from fraud_predictor.scorer import Scorer
from fraud_predictor.settings import PredictorSettings
from fraud_serving.description import Description
from fraud_serving.grpc.service import Context, trace_of

_log = logging.getLogger(__name__)

_FLOAT_SIZE: Final = 4
_PLATFORM: Final = "xgboost"


class FraudPredictor(Model):  # type: ignore[misc]  # KServe ships no types
    """Answers feature vectors with scores, and only those of the preprocessor its trees were trained with."""

    def __init__(self, artifact: ModelArtifact, scorer: Scorer, settings: PredictorSettings) -> None:
        super().__init__(MODEL_NAME)
        self._scorer = scorer
        self._max_rows = settings.max_rows
        self._max_explained = settings.max_explained
        self._pin = artifact.document.preprocessor
        self.description = _describe(artifact.version, scorer.width)
        """Tensors taken and given, as the protocol's metadata names them."""
        self._scored = SCORED_ROWS.labels(artifact.version)
        self._answered_by = {
            MODEL_VERSION: pb.InferParameter(string_param=artifact.version),
            MODEL_DIGEST: pb.InferParameter(string_param=artifact.digest),
        }

    async def infer(self, request: pb.ModelInferRequest, context: Context) -> pb.ModelInferResponse:
        """Scores of the request's rows.

        Raises:
            UnknownModel: the request names another model or version.
            PairMismatch: the features come from another preprocessor than the model's, or do not say which.
            InvalidTensor: the tensor is not FP32 [n, width] in raw form.
            RequestTooLarge: more rows than one call may have.
        """
        self.description.require(request.model_name, request.model_version)
        try:
            self._require_pair(request)
        except PairMismatch as error:
            _log.warning("ModelInfer failed", extra={"fields": {"code": error.code, **trace_of(context)}})
            raise
        features = self._features(request)
        outputs = {SCORE: self._scorer.scores(features)}
        if request.parameters[EXPLAIN].bool_param:
            outputs[CONTRIBUTIONS] = await self._contributions(features)
        self._scored.inc(len(features))
        return pb.ModelInferResponse(
            model_name=MODEL_NAME,
            id=request.id,
            parameters=self._answered_by,
            outputs=[
                pb.ModelInferResponse.InferOutputTensor(name=name, datatype="FP32", shape=values.shape)
                for name, values in outputs.items()
            ],
            raw_output_contents=[values.tobytes() for values in outputs.values()],
        )

    async def _contributions(self, features: FloatRows) -> FloatRows:
        if len(features) > self._max_explained:
            raise RequestTooLarge(f"{len(features)} rows to explain; at most {self._max_explained} at once.")
        # In a thread, since milliseconds a row would hold up everybody's scores.
        return await asyncio.to_thread(self._scorer.contributions, features)

    def _require_pair(self, request: pb.ModelInferRequest) -> None:
        digest = request.parameters[PREPROCESSOR_DIGEST].string_param
        spec_hash = request.parameters[FEATURE_SPEC_HASH].string_param
        if (digest, spec_hash) != (self._pin.digest, self._pin.feature_spec_hash):
            raise PairMismatch(
                f"The model was trained with preprocessor {self._pin.digest[:12]}, the features come from "
                f"{digest[:12] or 'one that is not named'}. Serve the pair that was published together."
            )

    def _features(self, request: pb.ModelInferRequest) -> FloatRows:
        if len(request.inputs) != 1 or len(request.raw_input_contents) != 1:
            raise InvalidTensor(f"One input tensor in raw form is taken: {FEATURES}.")
        tensor, raw = request.inputs[0], request.raw_input_contents[0]
        width = self._scorer.width
        rows, rest = divmod(len(raw), width * _FLOAT_SIZE)
        if tensor.datatype != "FP32" or rest or rows == 0 or list(tensor.shape) != [rows, width]:
            raise InvalidTensor(
                f"{FEATURES} must be FP32 of shape [n, {width}] with as many bytes; "
                f"got {tensor.datatype[:16]} {list(tensor.shape)[:4]} with {len(raw)} bytes."
            )
        if rows > self._max_rows:
            raise RequestTooLarge(f"{rows} rows in one call; at most {self._max_rows} are taken.")
        return np.frombuffer(raw, np.float32).reshape(rows, width)


def _describe(version: str, width: int) -> Description:
    return Description(
        version=version,
        platform=_PLATFORM,
        inputs=({"name": FEATURES, "datatype": "FP32", "shape": [-1, width]},),
        outputs=(
            {"name": SCORE, "datatype": "FP32", "shape": [-1]},
            {"name": CONTRIBUTIONS, "datatype": "FP32", "shape": [-1, width + 1]},
        ),
    )
