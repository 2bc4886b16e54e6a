"""A proxy in front of a server that breaks what comes back, by a rule."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Exchange:
    """One request and the answer to it."""

    request: bytes
    status: int
    body: bytes
    cut: bool = False
    """Whether the connection breaks in the middle of the body."""


Rule = Callable[[Exchange], Exchange | None]
"""What the client gets instead; None: no answer at all."""
Gate = Callable[[bytes], int | None]
"""The status to refuse a request with before the server sees it; None lets it pass."""


def unchanged(exchange: Exchange) -> Exchange | None:
    """The rule that breaks nothing."""
    return exchange


def passing(_request: bytes) -> int | None:
    """The gate that refuses nothing."""
    return None


@contextmanager
def proxy(
    upstream: str, rule: Rule = unchanged, gate: Gate = passing, tls: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Address of a proxy in front of the host and port `upstream`."""
    server = _Proxy(upstream, rule, gate)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"{'https://localhost' if tls else 'http://127.0.0.1'}:{server.server_port}"
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Proxy(ThreadingHTTPServer):
    def __init__(self, upstream: str, rule: Rule, gate: Gate) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = upstream
        self.rule = rule
        self.gate = gate
        self.closing = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that are killed in the middle are the point."""


class _Handler(BaseHTTPRequestHandler):
    server: _Proxy

    def _answer(self) -> None:
        request = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        refused = self.server.gate(request)
        given = Exchange(request, refused, b"{}") if refused else self.server.rule(self._forward(request))
        if given is None:
            self.server.closing.wait()
            return
        self.send_response(given.status)
        self.send_header("Content-Length", str(len(given.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(given.body[: len(given.body) // 2] if given.cut else given.body)

    def _forward(self, request: bytes) -> Exchange:
        with closing(HTTPConnection(self.server.upstream, timeout=300)) as upstream:
            upstream.request(self.command, self.path, request, dict(self.headers))
            answer = upstream.getresponse()
            return Exchange(request, answer.status, answer.read())

    do_GET = do_POST = do_PUT = _answer  # noqa: N815 - the library's names

    def log_message(self, *args: object) -> None:
        """Say nothing."""
