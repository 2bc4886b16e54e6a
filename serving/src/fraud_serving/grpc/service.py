"""KServe's gRPC inference service with our errors as statuses and without its management calls."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NoReturn, Protocol

import grpc
from kserve.protocol.dataplane import DataPlane
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc.servicer import InferenceServicer
from kserve.protocol.model_repository_extension import ModelRepositoryExtension

from fraud_contract.errors import (
    DeadlineExceeded,
    FraudError,
    PairMismatch,
    RequestError,
    RequestTimeout,
    RequestTooLarge,
    ServiceError,
    UnknownModel,
)
from fraud_serving.description import BINARY_TENSORS, SERVER, SERVER_VERSION, Description
from fraud_serving.telemetry.trace_context import TraceContext

_log = logging.getLogger(__name__)

type Context = grpc.aio.ServicerContext[object, object]
Infer = Callable[[pb.ModelInferRequest, Context], Awaitable[pb.ModelInferResponse]]

_STATUS: Final[Mapping[type[FraudError], grpc.StatusCode]] = {
    UnknownModel: grpc.StatusCode.NOT_FOUND,
    RequestTooLarge: grpc.StatusCode.RESOURCE_EXHAUSTED,
    RequestTimeout: grpc.StatusCode.DEADLINE_EXCEEDED,
    RequestError: grpc.StatusCode.INVALID_ARGUMENT,
    DeadlineExceeded: grpc.StatusCode.DEADLINE_EXCEEDED,
    ServiceError: grpc.StatusCode.UNAVAILABLE,
    PairMismatch: grpc.StatusCode.FAILED_PRECONDITION,
}


SERVICE: Final = pb.DESCRIPTOR.services_by_name["GRPCInferenceService"]
CODE: Final = "fraud-code"
"""Metadata of a refusal: the code of its error."""
_CLOSED: Final = "Models are changed by a new release, not through this call."


def status_of(error: FraudError) -> grpc.StatusCode:
    """The gRPC status for an error: that of the nearest class in the tree."""
    for kind in type(error).__mro__:
        if kind in _STATUS:
            return _STATUS[kind]
    return grpc.StatusCode.INTERNAL


async def refuse(context: Context, error: FraudError) -> NoReturn:
    """End a call with the status of `error`.

    Its code goes along as metadata, so that whoever called can tell a server that refuses from none at all:
    both are UNAVAILABLE.
    """
    metadata = (*(context.trailing_metadata() or ()), (CODE, error.code))
    await context.abort(status_of(error), error.message, metadata)
    raise AssertionError("abort raises")


def headers_of(context: Context) -> Mapping[bytes, bytes]:
    """A call's metadata, as of an HTTP request: by lower-case name, of a repeated one the last."""
    metadata = context.invocation_metadata() or ()
    return {name.encode(): value if isinstance(value, bytes) else value.encode() for name, value in metadata}


class DescribedModel(Protocol):
    """The one model served."""

    ready: bool

    @property
    def description(self) -> Description:
        """What is reported of it."""
        ...


class InferenceService(InferenceServicer):  # type: ignore[misc]  # KServe ships no types
    """Open Inference Protocol over gRPC.

    Stock KServe leaves versions out, says "ready" of a server whose model is not, and answers for an
    unknown model with a status that says nothing.
    """

    def __init__(self, data_plane: DataPlane, model: DescribedModel, infer: Infer) -> None:
        super().__init__(data_plane, ModelRepositoryExtension(data_plane.model_registry))
        self._model = model
        self._infer = infer

    async def ServerReady(self, _: pb.ServerReadyRequest, __: Context) -> pb.ServerReadyResponse:  # noqa: N802 - the protocol's name
        """Ready as its one model is."""
        return pb.ServerReadyResponse(ready=bool(self._model.ready))

    async def ServerMetadata(self, _: pb.ServerMetadataRequest, __: Context) -> pb.ServerMetadataResponse:  # noqa: N802 - the protocol's name
        """Name and version, as over REST."""
        return pb.ServerMetadataResponse(name=SERVER, version=SERVER_VERSION, extensions=[BINARY_TENSORS])

    async def ModelReady(self, request: pb.ModelReadyRequest, _: Context) -> pb.ModelReadyResponse:  # noqa: N802 - the protocol's name
        """Readiness; NOT_FOUND for another model or version."""
        self._model.description.require(request.name, request.version)
        return pb.ModelReadyResponse(ready=bool(self._model.ready))

    async def ModelMetadata(  # noqa: N802 - the protocol's name
        self, request: pb.ModelMetadataRequest, _: Context
    ) -> pb.ModelMetadataResponse:
        """Versions, platform, inputs and outputs; NOT_FOUND for another model or version."""
        self._model.description.require(request.name, request.version)
        return pb.ModelMetadataResponse(**self._model.description.body())

    async def ModelInfer(  # noqa: N802 - the protocol's name
        self, request: pb.ModelInferRequest, context: Context
    ) -> pb.ModelInferResponse:
        """Answer an inference request; errors that are not ours are only logged.

        The model itself refuses what is asked of another model or version, and logs what it refuses.
        """
        try:
            return await self._infer(request, context)
        except FraudError:
            raise
        except Exception:  # noqa: BLE001 - stock gRPC would send its text to the caller
            _log.exception("ModelInfer failed", extra={"fields": trace_of(context)})
            await context.abort(grpc.StatusCode.INTERNAL, "Internal error; see the server's log.")

    async def _closed(self, _: object, context: Context) -> None:
        """Refused: stock KServe lets every caller switch the model off."""
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, _CLOSED)

    RepositoryModelLoad = RepositoryModelUnload = _closed


def trace_of(context: Context) -> Mapping[str, str]:
    """The trace that a call belongs to, as a field of a log line; none where it has none."""
    trace = TraceContext.of(headers_of(context))
    return {"trace_id": trace.trace_id} if trace else {}
