"""One HTTP connection: uvicorn's, with the limits that it lacks.

Without them a request's head may be of any size and take for ever, every socket is taken, and a request too
many costs nearly as much to refuse as to answer: at three times capacity nothing else would be done.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from fraud_serving.refusals import Refusal, Refusals, is_whole_post
from fraud_serving.shedding import Shedding

ABORT: Final = "fraud.abort"
"""Extension of a request's scope: ends its connection at once, whatever was not taken of its answer."""
_CHUNK_COST: Final = 6
"""Bytes on the wire of a chunk that holds one: more than this beside the body is no framing."""
_UNREAD: Final = 1 << 20
"""Bytes of a body that are taken in and thrown away after its answer, so that whoever sends a large one to a
wrong route reads why, and can use the connection again."""
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
    pending: int
    """Requests read and not answered; a further POST is refused before anything is done for it."""


class Connections(ServerState):
    """The open connections of one server."""

    def __init__(self, limits: ConnectionLimits, refusals: Refusals) -> None:
        super().__init__()
        self.limits = limits
        self.refusals = refusals
        self.pending = 0
        """Requests read and not answered."""
        self.shedding = Shedding()
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
        self._refusals = server_state.refusals
        self._head_open = False
        self._refusal: Refusal | None = None
        self._answered_early = False
        self._shed = False
        self._pending = 0
        self._unpaid = 0
        self._unread = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Start the clock of the first request; beyond the limit, be about to refuse it."""
        super().connection_made(transport)
        beyond = len(self.connections) - self._limits.connections
        if beyond > _REFUSING:
            transport.abort()
        elif beyond > 0:
            self._refusal = self._refusals.too_many_connections
            self._start_timer(_REFUSAL_WAIT)
        else:
            self._start_timer(self._limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock, and wait for no answer."""
        self._stop_timer()
        self._shed = False
        self._settle(self._pending)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and see what the request takes beside its body."""
        self.refuse_shed()  # who sends on without its answer has it now, so that answers keep their order
        if self._shared.pending >= self._limits.pending and self._idle() and is_whole_post(data):
            self._unset_keepalive_if_required()
            self._stop_timer()
            self._shed = True
            self._shared.shedding.add(self)
            return
        self._unpaid += len(data)
        super().data_received(data)
        if self._unpaid > self._limits.head:
            self._close_with(self._refusals.head_too_large)
        elif self._head_open and self._timer is None:
            self._start_timer(self._limits.head_seconds)

    def refuse_shed(self) -> None:
        """Answer a request that was shed, if there is one."""
        if self._shed:
            self._shed = False
            self._refuse(self._refusals.overloaded, keep_alive=True)

    def on_message_begin(self) -> None:
        """Count anew."""
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: self.transport.abort}  # type: ignore[dict-item]  # ours, not ASGI's
        self._head_open = True
        self._unpaid = 0
        self._unread = 0

    def on_headers_complete(self) -> None:
        """Begin to answer, or to refuse what would have to wait too long."""
        full = self._shared.pending >= self._limits.pending
        if full and self.parser.get_method() == b"POST" and not self._answering():
            self._refusal = self._refusal or self._refusals.overloaded
        if self._refusal:
            return  # until the body is there too, on the clock and the limit of the head
        self._head_open = False
        self._stop_timer()
        super().on_headers_complete()
        if self._shared.leaving:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """A body pays for itself and its chunks; one that nobody reads does so only up to a limit."""
        if self._refusal:
            return
        if self.cycle.response_complete:
            self._unread += len(body)
        if self._unread <= _UNREAD:
            self._unpaid -= _CHUNK_COST * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """From here on the request waits for its answer, or has its refusal."""
        if self._refusal:
            self._refuse(self._refusal, keep_alive=self.parser.should_keep_alive())
            return
        if self._answered_early:
            self._answered_early = False
            self._stop_timer()
        else:
            self._pending += 1
            self._shared.pending += 1
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """One less waits; what is left of a body that was answered early must come soon."""
        self._answered_early = self._pending == 0
        self._settle(min(1, self._pending))
        super().on_response_complete()
        if self._answered_early and self._timer is None:
            self._start_timer(self._limits.head_seconds)

    def send_400_response(self, msg: str) -> None:
        """Say in JSON that this is no HTTP."""
        del msg
        self._end(self._refusals.no_http)

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

    def _settle(self, answered: int) -> None:
        self._pending -= answered
        self._shared.pending -= answered

    def _idle(self) -> bool:
        in_a_request = self._head_open or self._answered_early or self._answering()
        return not in_a_request and self._refusal is None

    def _refuse(self, refusal: Refusal, *, keep_alive: bool) -> None:
        self._head_open = False
        self._stop_timer()
        if refusal is not self._refusals.overloaded or self._shared.leaving or not keep_alive:
            self._end(refusal)
            return
        self._refusal = None
        self.transport.write(refusal.counted(last=False))
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def _start_timer(self, seconds: float) -> None:
        self._timer = self.loop.call_later(seconds, self._head_late)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _head_late(self) -> None:
        if self._head_open:
            self._close_with(self._refusals.head_late)
        else:  # nothing was sent, so there is nothing to answer
            self.transport.close()

    def _close_with(self, refusal: Refusal) -> None:
        """Answer where no other answer is being made, and close."""
        if self._head_open and not self._answering():
            self._end(self._refusal or refusal)
        else:
            self.transport.close()

    def _end(self, refusal: Refusal) -> None:
        if not self.transport.is_closing():
            self.transport.write(refusal.counted(last=True))
            self.transport.close()
