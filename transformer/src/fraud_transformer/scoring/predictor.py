"""A predictor pod as a scorer: Open Inference Protocol over one gRPC channel."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import cached_property
from math import prod
from typing import Final

import grpc
import numpy as np
import numpy.typing as npt
from google.protobuf.message import DecodeError
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

from fraud_contract.errors import DeadlineExceeded, FraudError, PairMismatch, PredictorAway
from fraud_contract.oip import (
    CONTRIBUTIONS,
    EXPLAIN,
    FEATURE_SPEC_HASH,
    FEATURES,
    MODEL_NAME,
    MODEL_VERSION,
    PREPROCESSOR_DIGEST,
    SCORE,
)
from fraud_serving.grpc.service import CODE
from fraud_serving.telemetry.trace_context import TraceContext, representative
from fraud_transformer.scoring.scorer import ExplainedScores, PredictorDied, Scores
from fraud_transformer.served import ServedRelease

_OPTIONS: Final = (
    # A predictor that comes back is found within a second, not after gRPC's two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 2_000),
    # Predictors are ours, on this machine or in this cluster: never through a proxy.
    ("grpc.enable_http_proxy", 0),
    # What may be sent is the predictor's to say; no answer that is taken is larger.
    ("grpc.max_receive_message_length", 16 << 20),
    ("grpc.max_send_message_length", -1),
)
_FLOAT_SIZE: Final = np.dtype(np.float32).itemsize
_EXPLAIN: Final = {EXPLAIN: pb.InferParameter(bool_param=True)}
_AWAY: Final = "The predictor does not answer at the moment. Try again in a second."
_NOT_CONNECTED: Final = "failed to connect"
"""In gRPC's text of a call that reached no server; one whose connection ended says other things."""
BESIDE_OUTPUTS: Final = 16 << 10
"""Bytes of an answer beside its outputs. A larger one is not read: what it may take goes with its messages,
of which two bytes are one."""
VERSION_CHARACTERS: Final = 128
"""Of the model's version, which every decision repeats."""
_CLOSING: Final = 5.0
"""Seconds that calls in flight have when their predictor leaves."""


class RemotePredictor:
    """A `Scorer` that asks the predictor at `target`, saying which preprocessor made the features."""

    def __init__(self, target: str, release: ServedRelease) -> None:
        self._target = target
        self._width = release.features.width
        self._handshake = {
            PREPROCESSOR_DIGEST: pb.InferParameter(string_param=release.preprocessor.digest),
            FEATURE_SPEC_HASH: pb.InferParameter(string_param=release.preprocessor.spec.hash),
        }

    @cached_property
    def _channel(self) -> grpc.aio.Channel:
        # At the first call, because a channel belongs to the event loop that runs when it is made.
        return grpc.aio.insecure_channel(self._target, options=_OPTIONS)

    @cached_property
    def _call(self) -> grpc.aio.UnaryUnaryMultiCallable[pb.ModelInferRequest, bytes]:
        return self._channel.unary_unary(
            "/inference.GRPCInferenceService/ModelInfer",
            request_serializer=pb.ModelInferRequest.SerializeToString,
        )

    async def close(self) -> None:
        """End the connection, once calls in flight are answered or took too long."""
        await self._channel.close(_CLOSING)

    async def score(
        self, features: bytes, rows: int, within: float, traces: Sequence[TraceContext]
    ) -> Scores:
        """Scores of `rows` raw feature vectors; see `Scorer`."""
        request = self._request(features, rows, self._handshake)
        return self._scores(await self._infer(request, rows, within, traces), rows)

    async def explain(
        self, features: bytes, rows: int, within: float, traces: Sequence[TraceContext]
    ) -> ExplainedScores:
        """Scores and contributions of `rows` raw feature vectors; see `Scorer`."""
        request = self._request(features, rows, self._handshake | _EXPLAIN)
        response = await self._infer(request, rows * (self._width + 2), within, traces)
        contributions = self._output(response, CONTRIBUTIONS, [rows, self._width + 1])
        if not np.isfinite(contributions).all():
            raise PredictorAway("The predictor gave contributions that are no numbers.")
        return ExplainedScores(self._scores(response, rows), contributions.reshape(rows, self._width + 1))

    def _request(
        self, features: bytes, rows: int, parameters: Mapping[str, pb.InferParameter]
    ) -> pb.ModelInferRequest:
        tensor = pb.ModelInferRequest.InferInputTensor(
            name=FEATURES, datatype="FP32", shape=[rows, self._width]
        )
        return pb.ModelInferRequest(
            model_name=MODEL_NAME, parameters=parameters, inputs=[tensor], raw_input_contents=[features]
        )

    async def _infer(
        self, request: pb.ModelInferRequest, values: int, within: float, traces: Sequence[TraceContext]
    ) -> pb.ModelInferResponse:
        """The answer, whose outputs are so many values."""
        trace = representative(traces)
        try:
            content = await self._call(request, timeout=within, metadata=trace.metadata if trace else None)
        except grpc.aio.AioRpcError as error:
            raise _error(error) from None
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise _away() from None  # so gRPC reports a channel that was closed under a call
        if len(content) > values * _FLOAT_SIZE + BESIDE_OUTPUTS:
            raise PredictorAway("The predictor gave a larger answer than asked for.")
        try:
            return pb.ModelInferResponse.FromString(content)
        except DecodeError:
            raise PredictorAway("The predictor gave an answer that is none of the protocol.") from None

    def _scores(self, response: pb.ModelInferResponse, rows: int) -> Scores:
        values = self._output(response, SCORE, [rows])
        if not (values.min() >= 0 and values.max() <= 1):  # of NaN too: no threshold would stop that
            raise PredictorAway("The predictor gave scores that are no probabilities.")
        version = response.parameters[MODEL_VERSION].string_param
        if len(version) > VERSION_CHARACTERS:
            raise PredictorAway("The predictor gave a version that is too long for one.")
        return Scores(values, version)

    @staticmethod
    def _output(response: pb.ModelInferResponse, name: str, shape: list[int]) -> npt.NDArray[np.float32]:
        size = prod(shape) * _FLOAT_SIZE
        for output, content in zip(response.outputs, response.raw_output_contents, strict=False):
            if output.name == name and list(output.shape) == shape and len(content) == size:
                return np.frombuffer(content, np.float32)
        raise PredictorAway("The predictor gave an answer of another shape than asked for.")


def _error(error: grpc.aio.AioRpcError) -> FraudError:
    """Ours for gRPC's; its text names hosts and ports, so only that of a mismatch, which is ours, is kept."""
    match error.code():
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return DeadlineExceeded("No score within the deadline. Try again.")
        case grpc.StatusCode.FAILED_PRECONDITION:
            return PairMismatch(error.details() or "Model and preprocessor do not belong together.")
        case grpc.StatusCode.UNAVAILABLE if _died(error):
            return PredictorDied(_AWAY)
        case _:
            return _away()


def _died(error: grpc.aio.AioRpcError) -> bool:
    """Whether the connection ended; not if there was none, or the predictor refused, and so lives."""
    refused = any(name == CODE for name, _ in error.trailing_metadata() or ())
    return not refused and _NOT_CONNECTED not in (error.details() or "").lower()


def _away() -> PredictorAway:
    return PredictorAway(_AWAY)
