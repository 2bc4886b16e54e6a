"""A gRPC server with budgets for connections, streams, messages and time."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from traceback import clear_frames
from typing import Any, Final

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from fraud_contract.errors import FraudError, SettingsError
from fraud_serving.budget import Budget
from fraud_serving.certificate import Certificate
from fraud_serving.grpc.arrivals import Arrivals
from fraud_serving.grpc.service import Context, refuse
from fraud_serving.settings import ServingSettings

WINDOW: Final = 64 << 10
"""Bytes of a message that a stream may send before its handler asks for it."""
STREAMS: Final = 128
"""Calls at once on one connection; clients queue the others, gateways open another connection."""
METADATA: Final = 16 << 10
"""Bytes of a call's head."""
IDLE: Final = 300.0
"""Seconds that a connection without a call stays open."""
AGE: Final = 600.0
"""Seconds, give or take a tenth, after which a connection is asked to end: its calls are finished, and
clients open another one unnoticed."""
FAREWELL: Final = 30.0
"""Seconds that its calls then have, before it is closed with whatever their callers do not take."""
MAX_UNTAKEN: Final = 32 << 20
"""Bytes of all larger answers that their callers have not taken yet: a caller of HTTP/2 may open no window
for an answer, and gRPC keeps it for as long as the connection lives (`AGE`)."""
_SMALL: Final = 16 << 10
"""Bytes of an answer that is not counted: such are bounded by the number of calls."""

type Method = Callable[[Any, Context], Awaitable[Message]]


def grpc_server(
    settings: ServingSettings,
    connections: int,
    certificate: Certificate | None,
    interceptors: Sequence[grpc.aio.ServerInterceptor],
) -> grpc.aio.Server:
    """A server that listens on the settings' address, with no service yet.

    Raises:
        SettingsError: the port is taken.
    """
    options = {
        "grpc.so_reuseport": 0,  # else a second process would take half of the calls without a word
        "grpc.max_allowed_incoming_connections": connections,
        "grpc.max_concurrent_streams": STREAMS,
        "grpc.max_metadata_size": METADATA,
        "grpc.absolute_max_metadata_size": METADATA,
        "grpc.max_receive_message_length": settings.max_message,
        "grpc.max_send_message_length": -1,  # an answer's size follows from the request's rows
        "grpc.http2.lookahead_bytes": WINDOW,
        "grpc.http2.bdp_probe": 0,  # which would widen the window to what a fast caller fills
        "grpc.http2.max_frame_size": WINDOW // 4,
        "grpc.server_handshake_timeout_ms": round(settings.head_timeout * 1_000),
        "grpc.max_connection_idle_ms": round(IDLE * 1_000),
        "grpc.max_connection_age_ms": round(AGE * 1_000),
        "grpc.max_connection_age_grace_ms": round(FAREWELL * 1_000),
        "grpc.keepalive_permit_without_calls": 1,
        "grpc.http2.min_ping_interval_without_data_ms": 5_000,
    }
    server = grpc.aio.server(
        interceptors=interceptors,
        options=tuple(options.items()),
        maximum_concurrent_rpcs=settings.max_requests,
    )
    address = f"{settings.host}:{settings.grpc_port}"
    try:
        if certificate:
            server.add_secure_port(address, certificate.grpc_credentials())
        else:
            server.add_insecure_port(address)
    except RuntimeError:
        raise SettingsError(
            f"Cannot listen on {address}. Stop its user, or choose another with FRAUD_GRPC_PORT."
        ) from None
    return server


def unary_handlers(
    service: ServiceDescriptor, names: Iterable[str], servicer: object, arrivals: Arrivals, untaken: Budget
) -> dict[str, grpc.RpcMethodHandler]:
    """Handlers of the unary methods `names` of `service`, which ask for their message within the budget.

    To gRPC they are methods of many messages, which begin with the call's head; callers see no difference.
    """
    handlers = {}
    for name in names:
        method = service.methods_by_name[name]
        kind, answer = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
        handlers[name] = grpc.stream_unary_rpc_method_handler(
            partial(_answer, getattr(servicer, name), kind, arrivals, untaken),
            response_serializer=answer.SerializeToString,
        )
    return handlers


async def _answer(
    method: Method, kind: type[Message], arrivals: Arrivals, untaken: Budget, _: object, context: Context
) -> Message:
    """The answer of `method`; our errors become statuses."""
    try:
        try:
            answer = await method(await arrivals.required(context, kind), context)
            size = answer.ByteSize()
            if size > _SMALL:
                untaken.hold(size)
                # Which gRPC calls when the answer was taken, or the connection was lost.
                context.add_done_callback(lambda _: untaken.release(size))
        except FraudError as error:
            await refuse(context, error)
        else:
            return answer
    except BaseException as error:
        _clear(error)
        raise


def _clear(error: BaseException | None) -> None:
    """Let go what the frames of an error hold.

    gRPC keeps the error that ends a call, in a cycle with the call: its request, of up to a MiB, would stay
    until the garbage collector comes.
    """
    while error is not None:
        clear_frames(error.__traceback__)
        error = error.__context__
