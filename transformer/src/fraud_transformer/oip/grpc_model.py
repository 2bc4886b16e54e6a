"""The transformer as a KServe model, over gRPC."""

import asyncio
from typing import Final

from kserve import Model
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

from fraud_contract.oip import MODEL_NAME
from fraud_serving.budget import Budget
from fraud_serving.grpc.service import Context, headers_of
from fraud_serving.http_status import status_of
from fraud_serving.telemetry.trace_context import enter
from fraud_transformer.decisions.service import DecisionService
from fraud_transformer.oip import grpc_messages
from fraud_transformer.oip.tensors import columns_of, describe
from fraud_transformer.served import RELEASE_HEADER
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.request_context import RequestContext

RPC: Final = "inference.GRPCInferenceService/ModelInfer"
"""What the call is named in metrics, logs and spans."""
_OK: Final = 200
_CALLER_LEFT: Final = 499
"""The caller cancelled, or its own deadline came first; HTTP has no status for it, nginx has this one."""


class FraudTransformer(Model):  # type: ignore[misc]  # KServe ships no types
    """Answers transactions with decisions, over gRPC."""

    def __init__(self, service: DecisionService, settings: TransformerSettings) -> None:
        super().__init__(MODEL_NAME)
        self.description = describe(service.release.model.version)
        """Tensors taken and given, as the protocol's metadata names them."""
        self._service = service
        self._admission = Budget(settings.max_pending, "Too many requests at once. Try again in a second.")
        self._metadata = ((RELEASE_HEADER, service.release.name),)

    async def infer(self, request: pb.ModelInferRequest, context: Context) -> pb.ModelInferResponse:
        """Decisions for the request's rows; the release's name goes with answers and refusals, as metadata.

        Raises:
            UnknownModel: the request names another model or version.
            RequestError: a tensor or a value is not as it must be.
            ServiceError: no score can be had, or too many calls wait already.
        """
        context.set_trailing_metadata(self._metadata)
        call, status = self._service.begin(RPC, headers_of(context)), _OK
        enter(call.trace)
        try:
            self.description.require(request.model_name, request.model_version)
            with self._admission.holding():
                return await self._decide(request, call)
        except asyncio.CancelledError:
            status = _CALLER_LEFT
            raise
        except Exception as error:  # noqa: BLE001 - the caller gets what the service makes of it
            failure = self._service.failure(call, error)
            status = status_of(failure)
            raise failure from None
        finally:
            self._service.end(call, status)

    async def _decide(self, message: pb.ModelInferRequest, call: RequestContext) -> pb.ModelInferResponse:
        request, contents = grpc_messages.parse_infer(message)
        explain, names = request.wants_explanation, request.output_names()
        max_rows = self._service.max_rows(explain=explain)
        columns = await self._service.read(
            message.ByteSize(), lambda: columns_of(request.tensors(contents, max_rows), max_rows)
        )
        answers = await self._service.infer(call, columns, explain=explain)
        async with self._service.fairness.piece(len(answers)):
            return grpc_messages.infer_response(message, names, answers)
