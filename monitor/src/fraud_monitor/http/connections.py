"""The connections of the monitor's port: as many threads as there are places, and none kept for good."""

import socket
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

PLACES: Final = 64
"""Connections at once. Beyond them the one whose request is on its way for the longest time makes room."""
HEAD: Final = 16 << 10
"""Bytes of a request: its line and headers, and nothing follows."""
PATIENCE: Final = 5.0
"""Seconds for a request to arrive, and for its answer to be taken."""
_END: Final = b"\r\n\r\n"
_PIECE: Final = 4 << 10


class Server(ThreadingHTTPServer):
    """One thread a connection, one request each."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        """Raises `OSError` where the port cannot be opened."""
        self._places = threading.BoundedSemaphore(PLACES)
        self._lock = threading.Lock()
        self._arriving: dict[socket.socket, None] = {}
        """Whose request is not there yet, the oldest first."""
        self._answered: dict[socket.socket, None] = {}
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the library's own
        """Give the connection a place, if need be another one's."""
        if not self._places.acquire(blocking=False):
            self._make_room()
            self._places.acquire()  # until a thread has ended; not a moment sooner is there room for another
        with self._lock:
            self._arriving[request] = None
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - the library's own
        """Close the connection, and give its place to another."""
        with self._lock:
            for kept in (self._arriving, self._answered):
                kept.pop(request, None)
        super().shutdown_request(request)
        self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the library's own
        """Write nothing where a caller went away: he could fill the log so."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def head(self, connection: socket.socket) -> bytes:
        """The request's line and headers; longer than `HEAD`, without an end, or empty where that is so."""
        ends, head = time.monotonic() + PATIENCE, bytearray()
        with suppress(OSError):
            while _END not in head and len(head) <= HEAD and (left := ends - time.monotonic()) > 0:
                connection.settimeout(left)
                piece = connection.recv(_PIECE)
                if not piece:
                    break
                head += piece
        with self._lock:
            if self._arriving.pop(connection, connection) is None:
                self._answered[connection] = None
        connection.settimeout(PATIENCE)  # of all that is sent at once
        return bytes(head)

    def _make_room(self) -> None:
        with self._lock:
            for kept in (self._arriving, self._answered):
                oldest = next(iter(kept), None)
                if oldest is not None:
                    del kept[oldest]
                    with suppress(OSError):
                        oldest.shutdown(socket.SHUT_RDWR)  # which ends what its thread waits for
                    return
