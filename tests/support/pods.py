"""Pods whose admin ports answer what a test chooses."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from fraud_monitor.sources.targets import Target

Answer = Callable[[BaseHTTPRequestHandler], None]


def page(payments: float, status: str = "200", bound: str = "0.5", started: float = 1.0) -> str:
    """Metrics of a process that began at `started`, seconds since 1970, and approved so many payments."""
    return (
        f'fraud_requests_total{{route="/predict",status="{status}"}} {payments}\n'
        f'fraud_decisions_total{{category="travel",decision="approve"}} {payments}\n'
        f'fraud_score_bucket{{le="{bound}"}} {payments}\n'
        f'fraud_score_bucket{{le="+Inf"}} {payments}\n'
        f"process_start_time_seconds {started}\n"
    )


def says(text: str) -> Answer:
    """An answer of that body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text.encode())

    return answer


class Pod:
    """An admin port."""

    def __init__(self) -> None:
        self.answer: Answer = says(page(0))


@contextmanager
def served(pod: Pod, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Its address, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pod.answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Say nothing of who hung up."""

    server = Server((host, port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.socket.close()  # and wait for nobody who is still being answered


def target(address: str, folder: Path, release: str = "r1") -> Target:
    """The release at that address, whose artifacts are in no registry."""
    return Target(release=release, admin=address, api=address, model=str(folder), preprocessor=str(folder))
