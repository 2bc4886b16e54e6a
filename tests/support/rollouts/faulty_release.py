"""A server that answers as a release does, or in a way that a release must not."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

NAME: Final = "fraud-0badc0de"
DIGEST: Final = "d" * 64

Reply = tuple[int, dict[str, Any] | bytes, dict[str, str]]
"""Status, body and headers."""
Fault = Callable[[dict[str, Any]], dict[str, Any] | bytes]


def same(answer: dict[str, Any]) -> dict[str, Any]:
    """No fault."""
    return answer


@dataclass
class FaultyRelease:
    """How it answers; may be changed while it runs."""

    url: str = ""
    name: str = NAME
    header: str = NAME
    status: int = 200
    """Of `/predict/batch`."""
    busy: int = 0
    """How many requests are answered 503 before."""
    fault: Fault = same
    """What becomes of an answer."""
    cut: int = 0
    """Bytes of the answer that are kept back."""
    drip: float = 0.0
    """Seconds before each byte of the answer."""
    fingerprint: str = "f" * 64
    model: str = DIGEST
    recent: dict[str, Any] = field(default_factory=dict)
    requests: int = 0

    def decide(self, body: bytes) -> dict[str, Any]:
        """Half of the amount's first digit behind the point is the score."""
        columns = json.loads(body)["columns"]
        scores = [round(amount % 1 / 2, 6) for amount in columns["amt"]]
        return {
            "columns": {
                "fraud_probability": scores,
                "decision": ["review" if score > 0.25 else "approve" for score in scores],
                "transaction_id": columns["transaction_id"],
            },
            "release": self.name,
        }

    @property
    def health(self) -> dict[str, Any]:
        """What `GET /health` tells."""
        return {
            "release": self.name,
            "fingerprint": self.fingerprint,
            "model": {"digest": self.model},
            "preprocessor": {"digest": DIGEST},
        }


def _handler(release: FaultyRelease) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            del format, args

        def do_GET(self) -> None:
            self.answer(200, release.recent if self.path.startswith("/recent") else release.health)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            release.requests += 1
            if release.busy:
                release.busy -= 1
                self.answer(503, {"error": "busy"})
                return
            self.answer(release.status, release.fault(release.decide(body)))

        def answer(self, status: int, content: dict[str, Any] | bytes) -> None:
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            if release.header:
                self.send_header("x-fraud-release", release.header)
            self.end_headers()
            kept = body[: len(body) - release.cut]
            with contextlib.suppress(OSError):
                for place in range(0, len(kept), 1 if release.drip else len(kept)):
                    time.sleep(release.drip)
                    self.wfile.write(kept[place : place + (1 if release.drip else len(kept))])
            self.close_connection = bool(release.cut)

    return Handler


@contextlib.contextmanager
def faulty_release() -> Iterator[FaultyRelease]:
    """One that answers as it should until it is told otherwise."""
    release = FaultyRelease()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(release)) as server:
        server.daemon_threads = True
        release.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield release
        finally:
            server.shutdown()
            thread.join()
