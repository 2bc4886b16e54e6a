"""The transformer as a KServe model."""

from collections.abc import Mapping

from kserve import Model
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

from fraud_contract.errors import UnknownModel
from fraud_contract.oip import MODEL_NAME
from fraud_serving.description import Description
from fraud_serving.grpc_service import Context, headers_of
from fraud_serving.trace_context import TraceContext, enter
from fraud_transformer import oip_grpc
from fraud_transformer.deciding import Decider
from fraud_transformer.observing import SYNTHETIC, Observers
from fraud_transformer.parsing import require_rows
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.tensors import columns_of, describe


class FraudTransformer(Model):  # type: ignore[misc]  # KServe ships no types
    """Answers transactions with decisions."""

    def __init__(self, decider: Decider, observers: Observers, settings: TransformerSettings) -> None:
        super().__init__(MODEL_NAME)
        self._decider = decider
        self._observers = observers
        self._max_rows = settings.max_rows
        self._max_explained = settings.max_explained

    @property
    def description(self) -> Description:
        """Tensors taken and given, as the protocol's metadata names them."""
        return describe(self._decider.release.model.version)

    async def infer(self, request: pb.ModelInferRequest, context: Context) -> pb.ModelInferResponse:
        """Decisions for the request's rows.

        Raises:
            UnknownModel: the request names another model.
            RequestError: a tensor or a value is not as it must be.
            ServiceError: no score can be had.
        """
        return await self._answer(request, headers_of(context))

    async def _answer(
        self, request: pb.ModelInferRequest, headers: Mapping[bytes, bytes]
    ) -> pb.ModelInferResponse:
        enter(TraceContext.of(headers))
        if request.model_name != MODEL_NAME:
            raise UnknownModel(f"No such model here; its name is {MODEL_NAME!r}.")
        names = oip_grpc.output_names(request)
        columns = columns_of(oip_grpc.tensors_of(request), self._max_rows)
        observer = self._observers.of(headers.get(SYNTHETIC))
        if oip_grpc.wants_explanation(request):
            few = require_rows(columns, self._max_explained)
            answers = await self._decider.explain_all(few, observer)
        else:
            answers = await self._decider.decide_all(columns, observer)
        return oip_grpc.infer_response(request, names, self._decider.release.name, answers)
