"""Hostile callers by the hundred: connections and calls that are begun and not ended."""

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Final

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from support import http2
from support.processes import Process

_POST: Final = b"POST /predict HTTP/1.1\r\nhost: fraud\r\n"
_MIB: Final = 1 << 20

type Flood = Callable[[Process, ExitStack], object]
"""Begins, and leaves what it opened to the stack."""


def _connections(port: int, number: int, content: bytes, stack: ExitStack) -> None:
    for _ in range(number):
        with contextlib.suppress(OSError):
            opened = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            opened.sendall(content)


def _over_http(number: int, content: bytes) -> Flood:
    return lambda process, stack: _connections(process.http_port, number, content, stack)


def _idle_grpc(process: Process, stack: ExitStack) -> None:
    _connections(process.grpc_port, 1_100, b"", stack)
    _connections(process.grpc_port, 200, http2.PREFACE, stack)


def _messages(connections: int, streams: int, size: int) -> Flood:
    def flood(process: Process, stack: ExitStack) -> None:
        opened = [http2.Connection.to(process.grpc_port) for _ in range(connections)]
        for each in opened:
            stack.enter_context(each.socket)
        http2.flood(opened, streams, size, 0.2)

    return flood


def _watchers(process: Process, stack: ExitStack) -> None:
    channel = stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{process.grpc_port}"))
    watch = health_pb2_grpc.HealthStub(channel).Watch
    for each in [watch(health_pb2.HealthCheckRequest(), timeout=30) for _ in range(200)]:
        stack.callback(each.cancel)


def _odd_methods(process: Process, stack: ExitStack) -> None:
    methods = ("SEARCH", "PURGE", "TRACE", "PROPFIND", "REPORT", "SUBSCRIBE", "MKCOL", "LOCK", "M-SEARCH")
    for number in range(50):
        for method in methods:
            request = f"{method} /{number} HTTP/1.1\r\nhost: fraud\r\nconnection: close\r\n\r\n"
            _connections(process.http_port, 1, request.encode(), stack)


def _lines() -> Iterator[tuple[str, Flood]]:
    stream = b"POST /predict/batch HTTP/1.1\r\nhost: fraud\r\ncontent-type: application/x-ndjson\r\n"
    yield "silent streams", _over_http(64, stream + b"transfer-encoding: chunked\r\n\r\n")
    yield "half a body", _over_http(500, _POST + b"content-length: 1000\r\n\r\n{")
    yield "half a head", _over_http(500, _POST)
    yield "idle", _over_http(1_100, b"")
    yield "requests in a line", _over_http(50, b"GET /health HTTP/1.1\r\nhost: fraud\r\n\r\n" * 6_000)
    yield "odd methods", _odd_methods
    yield "idle over gRPC", _idle_grpc
    yield "66 unfinished messages", _messages(1, 66, 16 * _MIB)
    yield "2,000 unfinished messages", _messages(20, 100, _MIB)
    yield "health watchers", _watchers


FLOODS: Final[Mapping[str, Flood]] = dict(_lines())
