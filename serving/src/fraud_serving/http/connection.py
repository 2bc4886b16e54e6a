"""One HTTP connection as its client sees it: requests in a line, each answered or refused, and the end.

What the client sends is read in `protocol`.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from fraud_serving.http.asgi import App
from fraud_serving.http.connections import Connections
from fraud_serving.http.exchange import Exchange
from fraud_serving.http.flow import Flow
from fraud_serving.http.limits.clock import Clock
from fraud_serving.http.limits.refusals import Refusal
from fraud_serving.http.limits.stall import Stall

if TYPE_CHECKING:
    from fraud_serving.http.cycle import Cycle

_CLOSE: Final = b"connection: close\r\n"
_FAREWELL: Final = 0.25
"""Seconds that an idle connection stays when the server stops, for a request that is on its way."""


class Phase(Enum):
    """What is read of the latest request."""

    IDLE = auto()
    """Nothing: none has begun, or all of it is there."""
    HEAD = auto()
    """Its head arrives."""
    BODY_DUE = auto()
    """Its head is complete, and nothing else is there."""
    BODY = auto()
    """Its body arrives."""
    UNREAD = auto()
    """It is answered already; the rest of its body is thrown away."""
    REFUSED = auto()
    """The rest of it arrives, and is then refused."""
    SHED = auto()
    """It was there as a whole, unparsed, and waits for its refusal."""


UNANSWERED_HEAD: Final = frozenset({Phase.HEAD, Phase.REFUSED})


class Connection(ABC):
    """A connection that is closed, with an answer where one can be read, when it takes too much."""

    transport: asyncio.Transport
    flow: Flow
    stall: Stall

    def __init__(self, app: App, shared: Connections, keep_alive: float) -> None:
        self.app = app
        self.shared = shared
        self.phase = Phase.IDLE
        self.line = deque[Exchange]()
        """Requests without a complete answer, in their order: the first is being answered."""
        self.receiving: Cycle | None = None
        """Of them the one whose body still arrives."""
        self.refusal: Refusal | None = None
        """What the next or present request is answered with, whatever it is."""
        self.loop = asyncio.get_running_loop()
        self.clock = Clock(self.loop, self._late)
        self.resting_since: float | None = None
        """Loop time; None while a request is on its way or is answered."""
        self._keep_alive = keep_alive

    @abstractmethod
    def read_on(self) -> None:
        """Read the requests that had to wait until the line is short."""

    # Answering

    def enqueue(self, exchange: Exchange) -> None:
        """Put a request in line."""
        self.line.append(exchange)
        if len(self.line) > 1:
            self.clock.stop()
            self.flow.hold()
        elif not exchange.more_body:
            self.wait()

    def wait(self) -> None:
        """Be counted with the first in line, which is whole.

        Not with those behind it, or one connection could make a server look full; nor where the caller takes
        no answers, or a few such could.
        """
        if not self.flow.write_paused:
            self.shared.waiting.add(self)

    def begin(self) -> None:
        """Answer the first in line, unless that has begun or nobody waits for it.

        Not before the answers so far are taken: another one would be made, and held, for nobody.
        """
        taken = not (self.flow.write_paused or self.transport.is_closing())
        if taken and self.line and not self.line[0].started:
            self.line[0].begin(self)

    def respond(self, status: int, headers: bytes, body: bytes) -> None:
        """Answer the first in line as a whole."""
        keep_alive = self.line[0].keep_alive
        common = self.shared.default_lines
        end = b"" if keep_alive else _CLOSE
        self.transport.write(b"%b%b%b%b\r\n%b" % (STATUS_LINE[status], common, headers, end, body))
        if not keep_alive:
            self.close()
        self.answered()

    def app_ended(self, task: asyncio.Task[None]) -> None:
        """See that what the app left unsaid is no reason to stay."""
        del task
        if self.transport.is_closing():
            self.stall.watch()

    def answered(self) -> None:
        """The answer to the first in line is complete; what is left of its body must come soon."""
        if self.line.popleft().more_body:
            self.phase = Phase.UNREAD
            self.receiving = None
        self.shared.waiting.discard(self)
        if self.transport.is_closing():
            return
        if self.line:
            self._go_on()
        else:
            self.rest()
        if len(self.line) <= 1:
            self.read_on()

    def rest(self) -> None:
        """Stay open for the rest of a body, or the next request."""
        if self.phase is Phase.UNREAD:
            self.clock.start(self.shared.limits.head_seconds)
        else:
            self.clock.start(self._keep_alive)
            self.resting_since = self.loop.time()

    def _go_on(self) -> None:
        """Answer the next in line, in its turn: until then nobody waits for it but its own connection."""
        if self.line[0].more_body and self.phase is Phase.BODY_DUE:
            self.clock.start(self.shared.limits.head_seconds)
        self.shared.pipelined.add(self._take_turn)

    def _take_turn(self) -> None:
        if self.line and not self.line[0].more_body:
            self.wait()
        self.begin()

    # Refusing

    def refuse(self, refusal: Refusal, *, keep_alive: bool) -> None:
        """Refuse the request that was read; only where the server is busy the connection may stay."""
        self.phase = Phase.IDLE
        self.clock.stop()
        if refusal is not self.shared.refusals.overloaded or self.shared.leaving or not keep_alive:
            self.end(refusal)
            return
        self.refusal = None
        self.transport.write(refusal.counted(last=False))
        self.rest()

    def refuse_shed(self) -> None:
        """Answer a request that was shed, if there is one."""
        if self.phase is Phase.SHED:
            self.refuse(self.shared.refusals.overloaded, keep_alive=True)

    def end(self, refusal: Refusal) -> None:
        """Answer, and close."""
        if not self.transport.is_closing():
            self.transport.write(refusal.counted(last=True))
            self.close()
            self.phase = Phase.UNREAD  # there may be more of what was refused

    def end_unanswered(self, refusal: Refusal) -> None:
        """Answer where no other answer is being made, and close."""
        if self.phase in UNANSWERED_HEAD and not self.line:
            self.end(self.refusal or refusal)
        elif self.phase is Phase.BODY and len(self.line) == 1 and not self.line[0].response_started:
            self._refuse_midway(refusal)  # its trailers, or the framing of its chunks
        else:
            self.close()

    def end_after_what_came_whole(self, refusal: Refusal) -> None:
        """Answer what came before that which is no HTTP; only where nobody waits for an answer, say so."""
        self.receiving = None
        if not self.line:
            self.end(refusal)
            return
        self.flow.hold()
        self.phase = Phase.IDLE
        if not self.line[-1].more_body:  # what is broken is the head behind it
            self.leave()
        elif len(self.line) > 1:
            self.line.pop()
            self.leave()
        elif self.line[0].response_started:
            self.close()
        else:
            self._refuse_midway(refusal)

    def _late(self) -> None:
        """Answer where something was sent, and close."""
        late = self.shared.refusals.late
        if self.phase is Phase.BODY_DUE and not self.line[0].response_started:
            self._refuse_midway(late)
        else:
            self.end_unanswered(late)

    def _refuse_midway(self, refusal: Refusal) -> None:
        """Answer in the app's place, which may have begun to read."""
        self.line[0].disconnect()
        self.end(refusal)

    # Closing

    def close(self) -> None:
        """Close, once what was said is taken."""
        self.transport.close()
        self.stall.watch()

    def leave(self) -> None:
        """Let the answer in the making be the last one."""
        if self.line:
            self.line[-1].keep_alive = False

    def shutdown(self) -> None:
        """Close after the answer in the making, or after a moment for a request that is on its way."""
        if self.line:
            self.leave()
        else:
            self.loop.call_later(_FAREWELL, self._close_or_leave)

    def _close_or_leave(self) -> None:
        if self.line:
            self.leave()
        else:
            self.close()
