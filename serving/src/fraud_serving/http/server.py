"""An HTTP server (uvicorn) inside a loop that is not its own."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from typing import Any, Final

import uvicorn

from fraud_serving.http.connection import Connection
from fraud_serving.http.connections import Connections
from fraud_serving.http.handshakes import TlsListener
from fraud_serving.http.protocol import HttpProtocol

_BACKLOG: Final = 512
"""Connections that wait to be accepted: those that do are accepted at once, in some 30 ms."""


class HttpServer(uvicorn.Server):
    """Serves one ASGI app on one socket until told to stop; leaves signals to the process."""

    def __init__(
        self,
        app: Any,  # noqa: ANN401 - any ASGI app
        listener: socket.socket,
        connections: Connections,
        tls: ssl.SSLContext | None,
        *,
        grace: float,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                access_log=False,
                backlog=_BACKLOG,
                lifespan="off",
                log_config=None,
                log_level="warning",
                proxy_headers=False,  # nobody here asks for a caller's address
                server_header=False,
                ssl_context_factory=(lambda _config, _default: tls) if tls else None,
                timeout_graceful_shutdown=max(1, round(grace)),
                timeout_keep_alive=75,  # longer than the 60 s after which gateways drop idle connections
                ws="none",
            )
        )
        self._listener = listener
        self._open = connections
        self.server_state = self._open

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: uvicorn would stop at once and re-raise, where we first leave the endpoints."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen; as uvicorn does, but with bounds for who does not shake hands."""
        self.servers = [await self._listening(each) for each in sockets or ()]  # type: ignore[misc]  # closed alike
        self.started = True

    async def _listening(self, listener: socket.socket) -> asyncio.Server | TlsListener:
        config, loop = self.config, asyncio.get_running_loop()

        def connection() -> HttpProtocol:
            return HttpProtocol(config.loaded_app, self._open, config.timeout_keep_alive)

        if config.ssl:
            seconds = self._open.limits.head_seconds
            return TlsListener(listener, connection, config.ssl, backlog=config.backlog, seconds=seconds)
        return await loop.create_server(connection, sock=listener, backlog=config.backlog)

    async def run_until_stopped(self) -> None:
        """Serve until `stop`, then finish what is in flight."""
        await self.serve(sockets=[self._listener])
        self._open.lingering.close()

    def leave(self) -> None:
        """Answer on, each connection once more: its client goes elsewhere with the next request."""
        self._open.leaving = True
        for each in self._open.connections:
            if isinstance(each, Connection):
                each.leave()

    def stop(self) -> None:
        """Accept nothing more; `run_until_stopped` returns when the last answer is out."""
        self.should_exit = True
