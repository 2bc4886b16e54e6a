"""Spans of gRPC calls, as a server interceptor."""

from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from opentelemetry.trace import SpanKind

from fraud_serving.grpc.service import Context, headers_of
from fraud_serving.telemetry.trace_context import TraceContext
from fraud_transformer.oip.grpc_model import RPC
from fraud_transformer.tracing.spans import span

type Handler = Any
"""`grpc.RpcMethodHandler`, which has no types."""


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
