"""Hostile callers by the hundred: connections and calls that are begun and not ended."""

import contextlib
import gzip
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Final

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from benchmarks.hostile.corpus import ROWS, call, columns
from benchmarks.hostile.targets import Target
from support.clients import http2

_POST: Final = b"POST /predict HTTP/1.1\r\nhost: fraud\r\n"
_APART: Final = 0.02
"""Seconds between two requests for a large answer: more than it takes to make one."""
_SETTINGS, _PING = 4, 6
_MIB: Final = 1 << 20
_GIB: Final = 1 << 30

type Flood = Callable[[Target, ExitStack], object]
"""Begins, and leaves what it opened to the stack."""
type Port = Callable[[Target], int]
"""Which of a target's ports."""


def _public(target: Target) -> int:
    return target.front.http_port


def _admin(target: Target) -> int:
    return target.front.admin_port


def _of_the_predictor(target: Target) -> int:
    return target.processes[-1].http_port


def _connections(port: int, number: int, content: bytes, stack: ExitStack) -> None:
    for _ in range(number):
        with contextlib.suppress(OSError):
            opened = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            opened.sendall(content)


def _over_http(number: int, content: bytes, port: Port = _public) -> Flood:
    return lambda target, stack: _connections(port(target), number, content, stack)


def _half_closed(number: int, content: bytes) -> Flood:
    """Callers who say at once that they send nothing more, and read nothing."""

    def flood(target: Target, stack: ExitStack) -> None:
        for _ in range(number):
            with contextlib.suppress(OSError):
                opened = stack.enter_context(socket.create_connection(("127.0.0.1", _public(target)), 5))
                opened.sendall(content)
                opened.shutdown(socket.SHUT_WR)

    return flood


def _idle_grpc(target: Target, stack: ExitStack) -> None:
    _connections(target.front.grpc_port, 1_100, b"", stack)
    _connections(target.front.grpc_port, 200, http2.PREFACE, stack)


def _messages(connections: int, streams: int, size: int) -> Flood:
    def flood(target: Target, stack: ExitStack) -> None:
        opened = [http2.Connection.to(target.front.grpc_port) for _ in range(connections)]
        for each in opened:
            stack.enter_context(each.socket)
        http2.flood(opened, streams, size, 0.2)

    return flood


def _untaken_calls(target: Target, stack: ExitStack) -> None:
    """Callers over HTTP/2 who open no window for their answers, small ones by the hundred."""
    message = call()
    for _ in range(10):
        opened = http2.Connection.to(target.front.grpc_port, window=0)
        stack.enter_context(opened.socket)
        for _ in range(100):
            opened.ask(message)


def _frames(frame: bytes) -> Flood:
    """Two callers who send some MiB of frames that ask for work and bring no call."""

    def flood(target: Target, stack: ExitStack) -> None:
        for _ in range(2):
            opened = stack.enter_context(socket.create_connection(("127.0.0.1", target.front.grpc_port), 5))
            with contextlib.suppress(OSError):
                opened.sendall(http2.PREFACE + http2.frame(_SETTINGS, 0, 0))
                opened.settimeout(0.5)
                for _ in range(4 * _MIB // len(frame) // 1_000):
                    opened.sendall(frame * 1_000)

    return flood


def _resets(target: Target, stack: ExitStack) -> None:
    """Calls that are begun and reset at once, as fast as they can be sent."""
    for _ in range(4):
        opened = http2.Connection.to(target.front.grpc_port)
        stack.enter_context(opened.socket)
        for _ in range(5_000):
            opened.reset(opened.call())


def _watchers(target: Target, stack: ExitStack) -> None:
    channel = stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{target.front.grpc_port}"))
    watch = health_pb2_grpc.HealthStub(channel).Watch
    for each in [watch(health_pb2.HealthCheckRequest(), timeout=30) for _ in range(200)]:
        stack.callback(each.cancel)


def _odd_methods(target: Target, stack: ExitStack) -> None:
    methods = ("SEARCH", "PURGE", "TRACE", "PROPFIND", "REPORT", "SUBSCRIBE", "MKCOL", "LOCK", "M-SEARCH")
    for number in range(50):
        for method in methods:
            request = f"{method} /{number} HTTP/1.1\r\nhost: fraud\r\nconnection: close\r\n\r\n"
            _connections(target.front.http_port, 1, request.encode(), stack)


def _without_end(head: bytes, piece: bytes) -> Flood:
    """One caller who sends a GiB, as far as it is taken."""

    def flood(target: Target, stack: ExitStack) -> None:
        opened = stack.enter_context(socket.create_connection(("127.0.0.1", target.front.http_port), 30))
        with contextlib.suppress(OSError):
            opened.sendall(head)
            for _ in range(_GIB // len(piece)):
                opened.sendall(piece)

    return flood


def _not_taken(number: int, requests: int) -> Flood:
    """Callers who ask for large answers, a KiB or so of request for some MiB each, and take nothing."""
    body = gzip.compress(columns(ROWS))
    head = b"POST /predict/batch HTTP/1.1\r\nhost: fraud\r\ncontent-type: application/json\r\n"
    request = head + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body) + body

    def flood(target: Target, stack: ExitStack) -> None:
        for _ in range(number):
            opened = stack.enter_context(socket.socket())
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            opened.settimeout(5)
            with contextlib.suppress(OSError):
                opened.connect(("127.0.0.1", target.front.http_port))
                opened.sendall(request * requests)
            time.sleep(_APART)

    return flood


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nhost: fraud\r\n\r\n".encode()


def _lines() -> Iterator[tuple[str, Flood]]:
    stream = b"POST /predict/batch HTTP/1.1\r\nhost: fraud\r\ncontent-type: application/x-ndjson\r\n"
    yield "silent streams", _over_http(64, stream + b"transfer-encoding: chunked\r\n\r\n")
    yield "half a body", _over_http(500, _POST + b"content-length: 1000\r\n\r\n{")
    yield "half a head", _over_http(500, _POST)
    yield "short headers", _over_http(500, _POST + b"a:b\r\n" * 6_000)
    yield "answers not taken", _not_taken(60, 1)
    yield "lines of answers not taken", _not_taken(20, 20)
    yield "idle", _over_http(8_500, b"")
    announced = _POST + b"content-length: %d\r\n\r\n" % _GIB
    yield "a body of a GiB", _without_end(announced, b" " * _MIB)
    chunk = b"%x\r\n%b\r\n" % (_MIB, b" " * _MIB)
    yield "a stream of a GiB", _without_end(_POST + b"transfer-encoding: chunked\r\n\r\n", chunk)
    yield "requests in a line", _over_http(50, _get("/health") * 6_000)
    yield "descriptions in a line", _over_http(50, _get("/openapi.json") * 6_000)
    yield "descriptions not taken", _over_http(2_000, _get("/openapi.json"))
    yield "half-closed", _half_closed(500, _get("/health") * 20)
    yield "half-closed within a body", _half_closed(500, _POST + b"content-length: 1000\r\n\r\n{")
    for name, port in (("admin port", _admin), ("predictor's HTTP", _of_the_predictor)):
        yield f"idle, {name}", _over_http(8_500, b"", port)
        yield f"half a head, {name}", _over_http(500, _POST, port)
        yield f"short headers, {name}", _over_http(500, _POST + b"a:b\r\n" * 6_000, port)
        yield f"requests in a line, {name}", _over_http(50, _get("/live") * 6_000, port)
        yield f"metrics in a line, {name}", _over_http(10, _get("/metrics") * 1_000, port)
    yield "odd methods", _odd_methods
    yield "idle over gRPC", _idle_grpc
    yield "66 unfinished messages", _messages(1, 66, 16 * _MIB)
    yield "2,000 unfinished messages", _messages(20, 100, _MIB)
    yield "answers over gRPC not taken", _untaken_calls
    yield "calls that are reset", _resets
    yield "settings", _frames(http2.frame(_SETTINGS, 0, 0))
    yield "pings", _frames(http2.frame(_PING, 0, 0, bytes(8)))
    yield "health watchers", _watchers


FLOODS: Final[Mapping[str, Flood]] = dict(_lines())
