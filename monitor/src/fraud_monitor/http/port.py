"""The monitor's own port: metrics, liveness and status, for Prometheus, the kubelet and `fraudctl`."""

import io
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from typing import ClassVar, Final

from prometheus_client import PROCESS_COLLECTOR, CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from fraud_monitor.http.connections import HEAD, Server
from fraud_monitor.http.exposition import Exposition
from fraud_monitor.http.status import MonitorStatus

_JSON: Final = "application/json"

type _Page = Callable[[], tuple[str, bytes]]
"""Content type and body."""


class Port:
    """Serves the status in threads, as many as there are places."""

    def __init__(self, host: str, port: int, status: Callable[[], MonitorStatus]) -> None:
        """Raises `OSError` where the port cannot be opened."""
        registry = CollectorRegistry()
        registry.register(PROCESS_COLLECTOR)
        registry.register(Exposition(status))
        one = threading.Lock()  # however many ask, the monitor's own work gets its part of the time

        def metrics() -> tuple[str, bytes]:
            with one:
                return CONTENT_TYPE_LATEST, generate_latest(registry)

        def shown() -> tuple[str, bytes]:
            with one:
                return _JSON, status().model_dump_json().encode()

        pages: dict[str, _Page] = {
            "/metrics": metrics,
            "/status": shown,
            "/live": lambda: (_JSON, b'{"live":true}'),
        }
        self._server = Server((host, port), type("Handler", (_Handler,), {"pages": pages}))
        self.number = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, name="port", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer nothing any more."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One request and its answer."""

    server: Server
    pages: ClassVar[Mapping[str, _Page]] = {}

    def setup(self) -> None:
        super().setup()
        self._head = self.server.head(self.connection)
        self.rfile = io.BufferedReader(io.BytesIO(self._head))

    def parse_request(self) -> bool:
        if len(self._head) > HEAD:
            self.requestline, self.command, self.request_version = "", "", self.protocol_version
            self._refuse(431, f"Request line and headers are larger than {HEAD} bytes.")
            return False
        if not super().parse_request():
            return False
        if self.request_version == "HTTP/0.9":
            self.request_version = self.protocol_version
            self._refuse(400, "Send HTTP/1.0 or HTTP/1.1.")
            return False
        return True

    def do_GET(self) -> None:
        page = self.pages.get(self.path)
        if page is None:
            self._refuse(404, "There are /metrics, /status, /live.")
        else:
            self._answer(200, *page())

    def _refuse(self, status: int, message: str) -> None:
        self._answer(status, _JSON, b'{"error":"%s"}' % message.encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write no line a request."""
