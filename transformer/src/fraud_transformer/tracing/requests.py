"""Spans of requests, over HTTP as ASGI middleware, over gRPC as a server interceptor."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

import grpc
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from fraud_serving.grpc.service import Context, headers_of
from fraud_serving.http.asgi import App, Receive, Scope, Send
from fraud_serving.telemetry.trace_context import TraceContext
from fraud_transformer.oip.grpc_model import RPC
from fraud_transformer.served import ServedRelease
from fraud_transformer.telemetry.request_context import RequestContext
from fraud_transformer.tracing.spans import context_of, span

if TYPE_CHECKING:
    from opentelemetry.util.types import AttributeValue

type Handler = Any
"""`grpc.RpcMethodHandler`, which has no types."""

_SERVER_ERROR: Final = 500


class TracedApp:
    """An ASGI app with a span for each request, named by its method until its route is known."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        with span(scope["method"], SpanKind.SERVER, TraceContext.of(dict(scope["headers"]))):
            await self._app(scope, receive, send)


class TracingInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[misc]  # gRPC ships no types
    """Has each inference call leave a span; health and metadata calls leave none."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """The handler of a call, in a span."""
        handler = await continuation(handler_call_details)
        if handler_call_details.method != f"/{RPC}":
            return handler

        async def traced(messages: object, context: Context) -> pb.ModelInferResponse:
            with span(RPC, SpanKind.SERVER, TraceContext.of(headers_of(context))):
                return await handler.stream_unary(messages, context)

        return grpc.stream_unary_rpc_method_handler(
            traced, handler.request_deserializer, handler.response_serializer
        )


def current_context(_: object) -> TraceContext | None:
    """What goes on from the current span, which itself goes on from what the request's headers say."""
    return context_of(trace.get_current_span())


class SpanAttributes:
    """A reporter of the decision service: describes a request in its span, which is current when it ends."""

    def __init__(self, release: ServedRelease) -> None:
        self._release: Final[dict[str, AttributeValue]] = {
            "fraud.release": release.name,
            "fraud.model_version": release.model.version,
        }

    def answered(self, context: RequestContext, status: int, _: float) -> None:
        """Name the span by its route; it failed where the fault is ours, by the code of the error."""
        current = trace.get_current_span()
        current.update_name(context.route)
        current.set_attributes(self._release)
        if context.route != RPC:
            current.set_attributes({"http.route": context.route, "http.response.status_code": status})
        if context.transaction_id is not None:
            current.set_attribute("fraud.transaction_id", context.transaction_id)
        if context.decision is not None:
            current.set_attribute("fraud.decision", context.decision)
        if status >= _SERVER_ERROR:
            current.set_status(StatusCode.ERROR, context.failure)
