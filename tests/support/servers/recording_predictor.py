"""A gRPC server in front of a predictor that notes the metadata of each call."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc


@dataclass
class Recording:
    """Where it listens, and what it saw."""

    port: int = 0
    calls: list[dict[str, str | bytes]] = field(default_factory=list)
    away: bool = False
    """Whether it refuses calls instead of passing them on."""


class _Forwarding(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpcio ships no types
    def __init__(self, channel: grpc.Channel, recording: Recording) -> None:
        self._channel = channel
        self._recording = recording

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        forward: Callable[..., bytes] = self._channel.unary_unary(details.method)

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            self._recording.calls.append(dict(context.invocation_metadata()))
            if self._recording.away:
                context.abort(grpc.StatusCode.UNAVAILABLE, "away")
            return forward(request, timeout=240)

        return grpc.unary_unary_rpc_method_handler(answer)


@contextmanager
def recording_predictor(upstream_port: int) -> Iterator[Recording]:
    """A recording in front of the predictor at `upstream_port` of this machine."""
    recording = Recording()
    with grpc.insecure_channel(f"127.0.0.1:{upstream_port}") as channel, ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool, handlers=[_Forwarding(channel, recording)])
        recording.port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield recording
        finally:
            server.stop(None).wait()
