"""The transformer as a KServe model."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from kserve import Model
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

from fraud_contract.errors import FraudError, InvalidTransaction, Overloaded
from fraud_contract.oip import MODEL_NAME
from fraud_contract.policy import DECISIONS, Decision
from fraud_contract.transaction import Transaction
from fraud_serving.grpc_service import Context, headers_of
from fraud_serving.trace_context import TraceContext, enter
from fraud_transformer.decisions.decider import Decider
from fraud_transformer.http.response import RELEASE
from fraud_transformer.oip import grpc_messages
from fraud_transformer.oip.tensors import columns_of, describe
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.observers import SYNTHETIC, Observer, Observers
from fraud_transformer.telemetry.request_log import RequestLog
from fraud_transformer.transactions.parsing import require_rows

RPC: Final = "inference.GRPCInferenceService/ModelInfer"
"""What the call is named in metrics, logs and spans."""
_OK: Final = 200
_LEFT: Final = 499
"""The caller did not wait, or its own deadline came first; HTTP has no status for it, nginx has this one."""


@dataclass(slots=True)
class Call:
    """A gRPC call."""

    request: pb.ModelInferRequest
    headers: Mapping[bytes, bytes]
    transaction: Transaction | None = None
    """The one that it asks about, once that is read; None where it asks about many."""
    decision: Decision | None = None
    """The one that it is answered with."""

    @property
    def transaction_id(self) -> str | None:
        """Of the one transaction."""
        return self.transaction.transaction_id if self.transaction else None


class FraudTransformer(Model):  # type: ignore[misc]  # KServe ships no types
    """Answers transactions with decisions, over gRPC."""

    def __init__(self, decider: Decider, observers: Observers, settings: TransformerSettings) -> None:
        super().__init__(MODEL_NAME)
        self.description = describe(decider.release.model.version)
        """Tensors taken and given, as the protocol's metadata names them."""
        self._decider = decider
        self._observers = observers
        self._settings = settings
        self._log = RequestLog(settings)
        self._told_to_all = ((RELEASE, decider.release.name),)
        self._pending = 0

    async def infer(self, request: pb.ModelInferRequest, context: Context) -> pb.ModelInferResponse:
        """Decisions for the request's rows; the release's name goes with answers and refusals, as metadata.

        Raises:
            UnknownModel: the request names another model or version.
            RequestError: a tensor or a value is not as it must be.
            ServiceError: no score can be had, or too many calls wait already.
        """
        context.set_trailing_metadata(self._told_to_all)
        return await self._answer(Call(request, headers_of(context)))

    async def _answer(self, call: Call) -> pb.ModelInferResponse:
        enter(TraceContext.of(call.headers))
        start, status = perf_counter(), FraudError.status
        observer = self._observers.of(call.headers.get(SYNTHETIC))
        self._pending += 1
        try:
            response = await self._decided(call, observer)
            status = _OK
        except asyncio.CancelledError:
            status = _LEFT
            raise
        except FraudError as error:
            status = error.status
            if isinstance(error, InvalidTransaction):
                observer.refused(error.details)
            raise
        else:
            return response
        finally:
            self._pending -= 1
            self._answered(call, observer, status, perf_counter() - start)

    async def _decided(self, call: Call, observer: Observer) -> pb.ModelInferResponse:
        request, settings = call.request, self._settings
        self.description.require(request.model_name, request.model_version)
        if self._pending > settings.max_pending:
            raise Overloaded("Too many calls wait already. Try again in a second.")
        columns = columns_of(grpc_messages.tensors_of(request, settings.max_rows), settings.max_rows)
        if len(columns) == 1:
            [call.transaction] = columns.transactions()
        names = grpc_messages.output_names(request)
        if grpc_messages.wants_explanation(request):
            few = require_rows(columns, settings.max_explained)
            answers = await self._decider.explain_all(few, observer)
        else:
            answers = await self._decider.decide_all(columns, observer)
        if call.transaction:
            call.decision = DECISIONS[answers.decisions[0]]
        return grpc_messages.infer_response(request, names, self._decider.release.name, answers)

    def _answered(self, call: Call, observer: Observer, status: int, seconds: float) -> None:
        observer.requested(RPC, status, seconds)
        self._log.answered(RPC, status, seconds, call.transaction)
