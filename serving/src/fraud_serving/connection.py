"""One HTTP connection: uvicorn's, with the limits that it has only for another parser.

Without them a request's head may be of any size and take for ever, and every socket is taken.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from fraud_contract.errors import FraudError, HeadTooLarge, MalformedRequest, Overloaded, RequestTimeout

ABORT: Final = "fraud.abort"
"""Extension of a request's scope: ends its connection at once, whatever was not taken of its answer."""
_CHUNK_COST: Final = 6
"""Bytes on the wire of a chunk that holds one: more than this beside the body is no framing."""
_REFUSING: Final = 256
"""Connections beyond the limit that still get an answer; those beyond are closed without one."""
_REFUSAL_WAIT: Final = 1.0
"""Seconds that a connection beyond the limit has to send what is then refused."""
_FAREWELL: Final = 0.25
"""Seconds that an idle connection stays when the server stops, for a request that is on its way."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What the connections of one server may take."""

    connections: int
    """Open at once."""
    head: int
    """Bytes of a request beside its body; checked after each read, so that some may be exceeded by one."""
    head_seconds: float
    """From the connection, or a request's first byte, to the end of its head."""


class Connections(ServerState):
    """The open connections of one server."""

    def __init__(self, limits: ConnectionLimits) -> None:
        super().__init__()
        self.limits = limits
        self.leaving = False
        """Whether each answer is the last of its connection."""


class Connection(HttpToolsProtocol):
    """A connection that is closed, with an answer where one can be read, when it takes too much."""

    def __init__(
        self,
        config: Config,
        server_state: Connections,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._shared = server_state
        self._limits = server_state.limits
        self._head_open = False
        self._unpaid = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Start the clock of the first request; beyond the limit, be about to refuse it."""
        super().connection_made(transport)
        beyond = len(self.connections) - self._limits.connections
        if beyond > _REFUSING:
            transport.abort()
        elif beyond > 0:
            self.app = _refuse
            self._start_timer(_REFUSAL_WAIT)
        else:
            self._start_timer(self._limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and see what the request takes beside its body."""
        self._unpaid += len(data)
        super().data_received(data)
        if self._unpaid > self._limits.head:
            self._close_with(HeadTooLarge(f"The head is larger than {self._limits.head} bytes."))
        elif self._head_open and self._timer is None:
            self._start_timer(self._limits.head_seconds)

    def on_message_begin(self) -> None:
        """Count anew."""
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: self.transport.abort}  # type: ignore[dict-item]  # ours, not ASGI's
        self._head_open = True
        self._unpaid = 0

    def on_headers_complete(self) -> None:
        """Stop the clock of the head: from here on the app has one for the body."""
        self._head_open = False
        self._stop_timer()
        super().on_headers_complete()
        if self._shared.leaving:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """A body pays for itself and its chunks; one that nobody reads any more does not."""
        if not self.cycle.response_complete:
            self._unpaid -= _CHUNK_COST * len(body)
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        """Say in JSON that this is no HTTP."""
        del msg
        self._answer(MalformedRequest("This is no HTTP/1.1 request."))

    def leave(self) -> None:
        """Let the answer in the making be the last one."""
        if self._answering():
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """Close after the answer in the making, or after a moment for a request that is on its way."""
        if self._answering():
            super().shutdown()
        else:
            self.loop.call_later(_FAREWELL, super().shutdown)

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = (
            self.cycle
        )  # None before the first request, whatever its type says
        return cycle is not None and not cycle.response_complete

    def _start_timer(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._head_late)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _head_late(self) -> None:
        if self._head_open:
            self._close_with(RequestTimeout("The request's head did not arrive in time."))
        else:  # nothing was sent, so there is nothing to answer
            self.transport.close()

    def _close_with(self, error: FraudError) -> None:
        """Answer where no other answer is being made, and close."""
        if self._head_open and not self._answering():
            self._answer(error)
        else:
            self.transport.close()

    def _answer(self, error: FraudError) -> None:
        if self.transport.is_closing():
            return
        body = json.dumps(error.body()).encode()
        head = (
            f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\nconnection: close\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


_TOO_MANY: Final = Overloaded("Too many connections. Try again in a second.")


async def _refuse(
    _scope: object, _receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    body = json.dumps(_TOO_MANY.body()).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", b"%d" % (_TOO_MANY.retry_after or 1)),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": _TOO_MANY.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
