"""The monitor's own port: metrics, liveness and status, for Prometheus, the kubelet and `fraudctl`."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from prometheus_client import PROCESS_COLLECTOR, CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from fraud_monitor.http.exposition import Exposition
from fraud_monitor.http.status import MonitorStatus

_PATIENCE: Final = 5.0
"""Seconds that a request may take to arrive."""
_MOST: Final = 16
"""Requests at once."""


class Port:
    """Serves the status in threads, a few at a time."""

    def __init__(self, host: str, port: int, status: Callable[[], MonitorStatus]) -> None:
        """Raises `OSError` where the port cannot be opened."""
        registry = CollectorRegistry()
        registry.register(PROCESS_COLLECTOR)
        registry.register(Exposition(status))
        pages: dict[str, Callable[[], tuple[str, bytes]]] = {
            "/metrics": lambda: (CONTENT_TYPE_LATEST, generate_latest(registry)),
            "/status": lambda: ("application/json", status().model_dump_json().encode()),
            "/live": lambda: ("application/json", b'{"live":true}'),
        }
        self._server = ThreadingHTTPServer((host, port), _handler(pages))
        self._server.daemon_threads = True
        self.number = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, name="port", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer nothing any more."""
        self._server.shutdown()
        self._server.server_close()


def _handler(pages: dict[str, Callable[[], tuple[str, bytes]]]) -> type[BaseHTTPRequestHandler]:
    places = threading.BoundedSemaphore(_MOST)

    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE

        def do_GET(self) -> None:
            page = pages.get(self.path)
            if page is None:
                self._answer(404, "application/json", b'{"error":"There are /metrics, /status, /live."}')
            elif not places.acquire(blocking=False):
                self._answer(503, "application/json", b'{"error":"Too many requests at once. Try again."}')
            else:
                try:
                    self._answer(200, *page())
                finally:
                    places.release()

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Write no line a request."""

    return Handler
