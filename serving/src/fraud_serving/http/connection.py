"""One HTTP connection: from bytes to an ASGI app and back, with limits on all it can make us spend.

uvicorn's own connections have none: a request's head may be of any size and take for ever, every socket is
taken, requests in a line are held without end, and one too many costs nearly as much to refuse as to answer.
"""

import asyncio
from collections import deque
from enum import Enum, auto
from typing import Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl

from fraud_serving.http.connections import Connections
from fraud_serving.http.cycle import App, Cycle, scope_of
from fraud_serving.http.exchange import Exchange
from fraud_serving.http.flow import Flow
from fraud_serving.http.limits.clock import Clock
from fraud_serving.http.limits.refusals import Refusal, is_whole_post
from fraud_serving.http.limits.stall import Stall
from fraud_serving.http.parsing.head_budget import HeadBudget
from fraud_serving.http.parsing.heads import AmbiguousHead, Header
from fraud_serving.http.parsing.parser import Head, NotHttp, RequestParser
from fraud_serving.http.parsing.whole import WholeRequest, read_whole

ABORT: Final = "fraud.abort"
"""Extension of a request's scope: ends its connection at once, whatever was not taken of its answer."""
IS_CLOSING: Final = "fraud.is_closing"
"""Extension of a request's scope: whether its connection is closed, so that work for it can end."""
_CLOSE: Final = b"connection: close\r\n"
_LINE: Final = 2
"""Requests of one connection that stand in line parsed; of the others it holds only the bytes."""
_PIECE: Final = 512
"""Bytes that are parsed before the line and the budget of the head are looked at again: at most some 15
requests or 100 headers, some 0.2 ms. Most payments fit."""
_WHOLE: Final = 2_048
"""Bytes up to which a request that came at once is read at once, in at most 0.1 ms."""
_BODY_PIECE: Final = 4_096
"""The same within a body, of which even chunks of one byte cost less."""
_UNSENT: Final = 16 << 10
"""Bytes of answers that may wait before they count: there may be thousands of connections."""
_HELD: Final = 64 << 10
"""Bytes of a body that may wait for the app before no more is read."""
_REFUSING: Final = 256
"""Connections beyond the limit that still get an answer; those beyond are closed without one."""
_REFUSAL_WAIT: Final = 1.0
"""Seconds that a connection beyond the limit has to send what is then refused."""
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


_UNANSWERED_HEAD: Final = frozenset({Phase.HEAD, Phase.REFUSED})


class Connection(asyncio.Protocol):
    """A connection that is closed, with an answer where one can be read, when it takes too much."""

    transport: asyncio.Transport
    flow: Flow

    def __init__(self, app: App, shared: Connections, keep_alive: float) -> None:
        self.app = app
        self.tasks = shared.tasks
        self._shared = shared
        self._limits = shared.limits
        self._refusals = shared.refusals
        self._keep_alive = keep_alive
        self._loop = asyncio.get_running_loop()
        self._parser: RequestParser | None = RequestParser(self)
        self._phase = Phase.IDLE
        self._refusal: Refusal | None = None
        """What the next or present request is answered with, whatever it is."""
        self._opened: Head | None = None
        """A request of which no more than what was just read is there, so that it may be there as a whole."""
        self._body = bytearray()
        """That of `_opened` so far."""
        self._line = deque[Exchange]()
        """Requests without a complete answer, in their order: the first is being answered."""
        self._receiving: Cycle | None = None
        """Of them the one whose body still arrives."""
        self._unfed = b""
        self._budget = HeadBudget(self._limits.head)
        self._clock = Clock(self._loop, self._late)
        self.resting_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # of a stream
        """Start the clock of the first request; beyond the limit, be about to refuse it."""
        beyond = len(self._shared.connections) + 1 - self._limits.connections
        if beyond > 0 and self._shared.make_room():
            beyond = 0
        self._shared.connections.add(self)  # type: ignore[arg-type]  # uvicorn only asks it to `shutdown`
        transport.set_write_buffer_limits(_UNSENT)
        self.transport = transport
        self.flow = Flow(transport)
        self._stall = Stall(transport, self._loop)
        self._addresses = {
            "scheme": "https" if is_ssl(transport) else "http",
            "server": get_local_addr(transport),
            "client": get_remote_addr(transport),
        }
        self.resting_since = self._loop.time()
        if beyond > _REFUSING:
            transport.abort()
        elif beyond > 0:
            self._refusal = self._refusals.too_many_connections
            self._clock.start(_REFUSAL_WAIT)
        else:
            self._clock.start(self._limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks, and have no app go on for nobody."""
        self._clock.close()
        self._stall.stop()
        if self._phase is Phase.UNREAD and exc is None:
            self._shared.lingering.take(self.transport)
        self._phase = Phase.IDLE
        self._shared.connections.discard(self)
        self._shared.waiting.discard(self)
        self._shared.backlog.hold(self.transport, 0)
        if self._line:
            self._line[0].disconnect()
        self._line.clear()
        self.flow.resume_writing()
        self.transport.close()
        self._parser = None  # which refers to this

    def data_received(self, data: bytes) -> None:
        """Parse, and see what the request takes beside its body."""
        if self._phase is Phase.SHED:
            self.refuse_shed()  # now, so that the answers keep their order
        idle = self._phase is Phase.IDLE and not self._line and self._refusal is None
        if idle and self._shared.full and is_whole_post(data):
            self._phase = Phase.SHED
            self._clock.stop()
            self.resting_since = None
            self._shared.shed(self)
            return
        if idle and not self._shared.full and self._take(data):
            return
        if self._unfed:  # its turn comes behind
            self._unfed += data
        else:
            self._parse(data)

    def pause_writing(self) -> None:
        """More of an answer waits than should; not for ever, and others do not wait for its caller."""
        self.flow.pause_writing()
        self._shared.waiting.discard(self)
        self._hold()
        self._stall.watch()

    def resume_writing(self) -> None:
        """It was taken: the next in line may be answered."""
        self.flow.resume_writing()
        self._hold()
        if not self.transport.is_closing():
            self._stall.stop()
        self._begin()

    def close(self) -> None:
        """Close, once what was said is taken."""
        self.transport.close()
        self._stall.watch()

    def leave(self) -> None:
        """Let the answer in the making be the last one."""
        if self._line:
            self._line[-1].keep_alive = False

    def shutdown(self) -> None:
        """Close after the answer in the making, or after a moment for a request that is on its way."""
        if self._line:
            self.leave()
        else:
            self._loop.call_later(_FAREWELL, self._close_or_leave)

    def _close_or_leave(self) -> None:
        if self._line:
            self.leave()
        else:
            self.close()

    # Reading

    def _take(self, data: bytes) -> bool:
        """Have the fast path answer the one plain request in `data`, if it is that."""
        fast_path = self._shared.fast_path
        if fast_path is None or len(data) > _WHOLE or self._unfed or self.transport.is_closing():
            return False
        whole = read_whole(data)
        if whole is None or not self._budget.affords(len(whole.headers)):
            return False
        exchange = fast_path.take(whole)
        if exchange is None:
            return False
        exchange.keep_alive = not self._shared.leaving
        self._clock.stop()
        self.resting_since = None
        self._enqueue(exchange)
        self._begin()
        return True

    def _parse(self, data: bytes) -> None:
        try:
            self._feed(data)
        except AmbiguousHead:
            self._end_after_what_came_whole(self._refusals.ambiguous)
        except NotHttp:
            self._end_after_what_came_whole(self._refusals.no_http)
        if self._opened is not None and not self.transport.is_closing():
            self._receive(self._opened)
        self._begin()  # not before, so that the app finds what came of the body, and need not wait
        if self._phase in _UNANSWERED_HEAD or self._unfed or self.transport in self._shared.backlog:
            self._hold()
        if self._budget.exceeded:
            self._close_with(self._refusals.head_too_large)
        elif self._owes_more() and not self._clock.running:
            self._clock.start(self._limits.head_seconds)

    def _feed(self, data: bytes) -> None:
        start = 0
        while start < len(data):
            if len(self._line) >= _LINE:
                self._unfed = data[start:]
                return
            if self._parser is None or self._budget.exceeded or self.transport.is_closing():
                return
            size = _BODY_PIECE if self._phase is Phase.BODY else _PIECE
            piece = memoryview(data)[start : start + size]
            self._parser.feed(piece)
            self._budget.received(len(piece))
            start += size

    def _feed_on(self) -> None:
        """Parse what waited for its turn, now that the line is short."""
        data, self._unfed = self._unfed, b""
        if data and not self.transport.is_closing():
            self._parse(data)
        if len(self._line) <= 1 and not self._unfed:
            self.flow.release()

    def _owes_more(self) -> bool:
        """Whether the caller is to send something within the time of a head."""
        body_due = self._phase is Phase.BODY_DUE and len(self._line) == 1
        return body_due or self._phase is Phase.UNREAD or self._phase in _UNANSWERED_HEAD

    def head_began(self) -> None:
        """Count anew."""
        self._phase = Phase.HEAD
        self.resting_since = None
        self._clock.stop()
        self._budget.begin()

    def header_arrived(self) -> None:
        """A header costs more than its bytes."""
        self._budget.header()

    def head_ended(self, head: Head) -> None:
        """Begin to answer, or to refuse what would have to wait too long."""
        if self._budget.exceeded:
            self._refusal = self._refusal or self._refusals.head_too_large
        if self._shared.full and head.method == b"POST" and not self._line:
            self._refusal = self._refusal or self._refusals.overloaded
        if self._refusal:
            self._phase = Phase.REFUSED  # until the body is there too, on the clock and the limit of the head
            if head.expects_continue:
                self._end(self._refusal)  # nobody will send the body
            return
        self._phase = Phase.BODY_DUE
        self._opened = head
        self._body = bytearray()
        if self._shared.leaving:
            head.keep_alive = False

    def body_arrived(self, data: bytes) -> None:
        """A body pays for itself and its chunks; one that nobody reads does so only up to a limit."""
        if self._phase is Phase.REFUSED:
            return
        self._budget.body(len(data), read=self._phase is not Phase.UNREAD)
        if self._phase is Phase.UNREAD:
            return
        self._phase = Phase.BODY
        self._clock.stop()
        if self._opened is not None:
            self._body += data
        elif self._receiving is not None and self._receiving.take(data) > _HELD:
            self.flow.pause_reading()

    def request_ended(self) -> None:
        """From here on the request waits for its answer, or has its refusal."""
        if self._refusal:
            self._refuse(self._refusal, keep_alive=self._parser is not None and self._parser.keep_alive)
            return
        phase, self._phase = self._phase, Phase.IDLE
        self._clock.stop()
        if phase is Phase.UNREAD:
            self._rest()
        elif self._opened is not None:
            self._enqueue(self._exchange(self._opened))
        elif self._receiving is not None:
            self._receiving.end_body()
            self._receiving = None
            if len(self._line) == 1:
                self._wait()

    # Answering

    def _receive(self, head: Head) -> None:
        """Let the app read the body of the opened request as it arrives."""
        self._receiving = self._cycle(head)
        if self._body and self._receiving.take(self._body) > _HELD:
            self.flow.pause_reading()
        self._enqueue(self._receiving)

    def _exchange(self, head: Head) -> Exchange:
        """What answers a request that is there as a whole."""
        fast_path = self._shared.fast_path
        if fast_path is not None and head.method == b"POST" and not head.expects_continue:
            # Of a repeated header the last, as the app has it.
            taken = fast_path.take(WholeRequest(head.target, dict(head.headers), self._body))
            if taken is not None:
                taken.keep_alive = head.keep_alive
                return taken
        cycle = self._cycle(head)
        if self._body:
            cycle.take(self._body)
        cycle.end_body()
        return cycle

    def _cycle(self, head: Head) -> Cycle:
        extensions = {ABORT: self.transport.abort, IS_CLOSING: self.transport.is_closing}
        return Cycle(head, scope_of(head, extensions, **self._addresses), self)

    def _enqueue(self, exchange: Exchange) -> None:
        """Put the opened request in line."""
        self._opened = None
        self._line.append(exchange)
        if len(self._line) > 1:
            self._clock.stop()
            self.flow.hold()
        elif not exchange.more_body:
            self._wait()

    def _wait(self) -> None:
        """Be counted with the first in line, which is whole.

        Not with those behind it, or one connection could make a server look full; nor where the caller takes
        no answers, or a few such could.
        """
        if not self.flow.write_paused:
            self._shared.waiting.add(self)

    def _hold(self) -> None:
        """Say how much waits here."""
        waiting = len(self._unfed)
        if self._phase in _UNANSWERED_HEAD:
            waiting += self._budget.unpaid
        if self.flow.write_paused:
            waiting += self.transport.get_write_buffer_size()
        self._shared.backlog.hold(self.transport, waiting)

    def _begin(self) -> None:
        """Answer the first in line, unless that has begun or nobody waits for it.

        Not before the answers so far are taken: another one would be made, and held, for nobody.
        """
        taken = not (self.flow.write_paused or self.transport.is_closing())
        if taken and self._line and not self._line[0].started:
            self._line[0].begin(self)

    @property
    def default_headers(self) -> list[Header]:
        """The headers of every answer."""
        return self._shared.default_headers

    def respond(self, status: int, headers: bytes, body: bytes) -> None:
        """Answer the first in line as a whole."""
        keep_alive = self._line[0].keep_alive
        common = self._shared.default_lines
        end = b"" if keep_alive else _CLOSE
        self.transport.write(b"%b%b%b%b\r\n%b" % (STATUS_LINE[status], common, headers, end, body))
        if not keep_alive:
            self.close()
        self.answered()

    def app_ended(self, task: asyncio.Task[None]) -> None:
        """See that what the app left unsaid is no reason to stay."""
        del task
        if self.transport.is_closing():
            self._stall.watch()

    def answered(self) -> None:
        """The answer to the first in line is complete; what is left of its body must come soon."""
        if self._line.popleft().more_body:
            self._phase = Phase.UNREAD
            self._receiving = None
        self._shared.waiting.discard(self)
        if self.transport.is_closing():
            return
        if self._line:
            self._go_on()
        else:
            self._rest()
        if len(self._line) > 1:
            return
        if self._unfed:
            self._shared.pipelined.add(self._feed_on)
        else:
            self.flow.release()

    def _go_on(self) -> None:
        """Answer the next in line, in its turn: until then nobody waits for it but its own connection."""
        if self._line[0].more_body and self._phase is Phase.BODY_DUE:
            self._clock.start(self._limits.head_seconds)
        self._shared.pipelined.add(self._take_turn)

    def _take_turn(self) -> None:
        if self._line and not self._line[0].more_body:
            self._wait()
        self._begin()

    def _rest(self) -> None:
        """Stay open for the rest of a body, or the next request."""
        if self._phase is Phase.UNREAD:
            self._clock.start(self._limits.head_seconds)
        else:
            self._clock.start(self._keep_alive)
            self.resting_since = self._loop.time()

    # Refusing

    def refuse_shed(self) -> None:
        """Answer a request that was shed, if there is one."""
        if self._phase is Phase.SHED:
            self._refuse(self._refusals.overloaded, keep_alive=True)

    def _refuse(self, refusal: Refusal, *, keep_alive: bool) -> None:
        self._phase = Phase.IDLE
        self._budget.begin()
        self._clock.stop()
        if refusal is not self._refusals.overloaded or self._shared.leaving or not keep_alive:
            self._end(refusal)
            return
        self._refusal = None
        self.transport.write(refusal.counted(last=False))
        self._rest()

    def _late(self) -> None:
        """Answer where something was sent, and close."""
        if self._phase is Phase.BODY_DUE and not self._line[0].response_started:
            self._refuse_midway(self._refusals.late)
        else:
            self._close_with(self._refusals.late)

    def _close_with(self, refusal: Refusal) -> None:
        """Answer where no other answer is being made, and close."""
        if self._phase in _UNANSWERED_HEAD and not self._line:
            self._end(self._refusal or refusal)
        else:
            self.close()

    def _end_after_what_came_whole(self, refusal: Refusal) -> None:
        """Answer what came before that which is no HTTP; only where nobody waits for an answer, say so."""
        self._opened = self._receiving = None
        if not self._line:
            self._end(refusal)
            return
        self.flow.hold()
        self._phase = Phase.IDLE
        if not self._line[-1].more_body:  # what is broken is the head behind it
            self._line[-1].keep_alive = False
        elif len(self._line) > 1:
            self._line.pop()
            self._line[-1].keep_alive = False
        elif self._line[0].response_started:
            self.close()
        else:
            self._refuse_midway(refusal)

    def _refuse_midway(self, refusal: Refusal) -> None:
        """Answer in the app's place, which may have begun to read."""
        self._line[0].disconnect()
        self._end(refusal)

    def _end(self, refusal: Refusal) -> None:
        if not self.transport.is_closing():
            self.transport.write(refusal.counted(last=True))
            self.close()
            self._phase = Phase.UNREAD  # there may be more of what was refused
