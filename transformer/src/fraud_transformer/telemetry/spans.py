"""The parts of a transformer that leave OpenTelemetry spans: one for a request, one for a predictor call.

They take the place of the parts without, when the process starts; where no spans are wanted, nothing of this
is imported. A span goes on from its caller's trace context and is itself passed on as one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from fraud_contract.errors import FraudError, RequestError
from fraud_contract.policy import Decision
from fraud_serving.trace_context import TRACEPARENT, TRACESTATE, TraceContext, representative
from fraud_transformer.http.app import App
from fraud_transformer.http.asgi import Receive, Scope, Send
from fraud_transformer.http.request import Request
from fraud_transformer.http.response import Response
from fraud_transformer.oip.grpc_model import RPC, Call, FraudTransformer
from fraud_transformer.scoring.predictor import RemotePredictor
from fraud_transformer.served import ServedRelease
from fraud_transformer.telemetry.observers import Observer

_SERVER_ERROR: Final = 500
_tracer: Final = trace.get_tracer("fraud_transformer")
_propagator: Final = TraceContextTextMapPropagator()


class TracedApp(App):
    """An `App` with a span for each request, named by its route."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        with _span(scope["method"], SpanKind.SERVER, TraceContext.of(headers)) as span:
            inside = _continued(headers, span)
            await super().__call__({**scope, "headers": list(inside.items())}, receive, send)

    def _answered(self, request: Request, template: str, response: Response, seconds: float) -> None:
        super()._answered(request, template, response, seconds)
        span = trace.get_current_span()
        span.update_name(template)
        span.set_attributes({"http.route": template, "http.response.status_code": response.status})
        span.set_attributes(_told_of(self._release, request.transaction_id, response.decision))
        if response.status >= _SERVER_ERROR:
            span.set_status(StatusCode.ERROR)


class TracedTransformer(FraudTransformer):
    """A `FraudTransformer` with a span for each gRPC call."""

    async def _answer(self, call: Call) -> pb.ModelInferResponse:
        with _span(RPC, SpanKind.SERVER, TraceContext.of(call.headers)) as span:
            return await super()._answer(Call(call.request, _continued(call.headers, span)))

    def _answered(self, call: Call, observer: Observer, status: int, seconds: float) -> None:
        super()._answered(call, observer, status, seconds)
        told = _told_of(self._decider.release, call.transaction_id, call.decision)
        trace.get_current_span().set_attributes(told)


class TracedPredictor(RemotePredictor):
    """A `RemotePredictor` with a span for each call, linked to the other requests it is made for."""

    async def _infer(
        self, request: pb.ModelInferRequest, within: float, traces: Sequence[TraceContext]
    ) -> pb.ModelInferResponse:
        parent = representative(traces)
        links = [Link(_span_of(each).get_span_context()) for each in traces if each is not parent]
        with _span(RPC, SpanKind.CLIENT, parent, links) as span:
            span.set_attribute("fraud.rows", request.inputs[0].shape[0])
            inside = TraceContext.of(_continued({}, span))
            return await super()._infer(request, within, [inside] if inside else [])


@contextmanager
def _span(
    name: str, kind: SpanKind, parent: TraceContext | None, links: Sequence[Link] = ()
) -> Iterator[Span]:
    """A span, current while the context lasts; failed only by our own fault, and without an error's text."""
    with _tracer.start_as_current_span(
        name,
        _extracted(parent) if parent else Context(),
        kind,
        links=links,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except RequestError:
            raise
        except Exception as error:
            span.set_status(StatusCode.ERROR, error.code if isinstance(error, FraudError) else None)
            raise


def _extracted(context: TraceContext) -> Context:
    return _propagator.extract(dict(context.metadata))


def _span_of(context: TraceContext) -> Span:
    return trace.get_current_span(_extracted(context))


def _continued(headers: Mapping[bytes, bytes], span: Span) -> dict[bytes, bytes]:
    """`headers` as from a caller whose span is `span`."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier, trace.set_span_in_context(span, Context()))
    others = {name: value for name, value in headers.items() if name not in {TRACEPARENT, TRACESTATE}}
    return others | {name.encode(): value.encode() for name, value in carrier.items()}


def _told_of(
    release: ServedRelease, transaction_id: str | None, decision: Decision | None
) -> dict[str, AttributeValue]:
    told = {
        "fraud.release": release.name,
        "fraud.model_version": release.model.version,
        "fraud.transaction_id": transaction_id,
        "fraud.decision": decision.label if decision is not None else None,
    }
    return {name: value for name, value in told.items() if value is not None}
