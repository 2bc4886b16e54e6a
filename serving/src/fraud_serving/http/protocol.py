"""What a client sends over one connection, from bytes to requests, with limits on all it can make us spend.

uvicorn's own connections have none: a request's head may be of any size and take for ever, every socket is
taken, requests in a line are held without end, and one too many costs nearly as much to refuse as to answer.
"""

import asyncio
from typing import Final

from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl

from fraud_serving.http.asgi import App
from fraud_serving.http.connection import UNANSWERED_HEAD, Connection, Phase
from fraud_serving.http.connections import Connections
from fraud_serving.http.cycle import Cycle, scope_of
from fraud_serving.http.exchange import Exchange
from fraud_serving.http.flow import Flow
from fraud_serving.http.limits.refusals import Refusal, is_whole_post
from fraud_serving.http.limits.stall import Stall
from fraud_serving.http.parsing.head_budget import HeadBudget
from fraud_serving.http.parsing.heads import AmbiguousHead
from fraud_serving.http.parsing.parser import Head, NotHttp, RequestParser, ScatteredBody
from fraud_serving.http.parsing.whole import WholeRequest, read_whole

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


class HttpProtocol(Connection, asyncio.Protocol):
    """A connection whose requests are parsed no further than its line and its budgets allow."""

    def __init__(self, app: App, shared: Connections, keep_alive: float) -> None:
        super().__init__(app, shared, keep_alive)
        self._parser: RequestParser | None = RequestParser(self)
        self._opened: Head | None = None
        """A request of which no more than what was just read is there, so that it may be there as a whole."""
        self._body = bytearray()
        """That of `_opened` so far."""
        self._unfed = b""
        self._budget = HeadBudget(shared.limits.head)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # of a stream
        """Start the clock of the first request; beyond the limit, be about to refuse it."""
        beyond = len(self.shared.connections) + 1 - self.shared.limits.connections
        if beyond > 0 and self.shared.make_room():
            beyond = 0
        self.shared.connections.add(self)  # type: ignore[arg-type]  # uvicorn only asks it to `shutdown`
        transport.set_write_buffer_limits(_UNSENT)
        self.transport = transport
        self.flow = Flow(transport)
        self.stall = Stall(transport, self.loop)
        self._addresses = {
            "scheme": "https" if is_ssl(transport) else "http",
            "server": get_local_addr(transport),
            "client": get_remote_addr(transport),
        }
        self.resting_since = self.loop.time()
        if beyond > _REFUSING:
            transport.abort()
        elif beyond > 0:
            self.refusal = self.shared.refusals.too_many_connections
            self.clock.start(_REFUSAL_WAIT)
        else:
            self.clock.start(self.shared.limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks, and have no app go on for nobody."""
        self.clock.close()
        self.stall.stop()
        if self.phase is Phase.UNREAD and exc is None:
            self.shared.lingering.take(self.transport)
        self.phase = Phase.IDLE
        self.shared.connections.discard(self)
        self.shared.waiting.discard(self)
        self.shared.backlog.hold(self.transport, 0)
        if self.line:
            self.line[0].disconnect()
        self.line.clear()
        self.flow.resume_writing()
        self.transport.close()
        # What refers to this lets go of it: thousands of connections would otherwise be left to the garbage
        # collector, in one run of which nobody is served.
        if self._parser is not None:
            self._parser.close()
            self._parser = None

    def data_received(self, data: bytes) -> None:
        """Parse, and see what the request takes beside its body."""
        if self.phase is Phase.SHED:
            self.refuse_shed()  # now, so that the answers keep their order
        idle = self.phase is Phase.IDLE and not self.line and self.refusal is None
        if idle and self.shared.full and is_whole_post(data):
            self.phase = Phase.SHED
            self.clock.stop()
            self.resting_since = None
            self.shared.shed(self)
            return
        if idle and not self.shared.full and self._take(data):
            return
        if self._unfed:  # its turn comes behind
            self._unfed += data
        else:
            self._parse(data)

    def pause_writing(self) -> None:
        """More of an answer waits than should; not for ever, and others do not wait for its caller."""
        self.flow.pause_writing()
        self.shared.waiting.discard(self)
        self._hold()
        self.stall.watch()

    def resume_writing(self) -> None:
        """It was taken: the next in line may be answered."""
        self.flow.resume_writing()
        self._hold()
        if not self.transport.is_closing():
            self.stall.stop()
        self.begin()

    # Reading

    def _take(self, data: bytes) -> bool:
        """Have the fast path answer the one plain request in `data`, if it is that."""
        fast_path = self.shared.fast_path
        if fast_path is None or len(data) > _WHOLE or self._unfed or self.transport.is_closing():
            return False
        whole = read_whole(data)
        if whole is None or not self._budget.affords(len(whole.headers)):
            return False
        exchange = fast_path.take(whole)
        if exchange is None:
            return False
        exchange.keep_alive = not self.shared.leaving
        self.clock.stop()
        self.resting_since = None
        self.enqueue(exchange)
        self.begin()
        return True

    def _parse(self, data: bytes) -> None:
        try:
            self._feed(data)
        except AmbiguousHead:
            self._break_off(self.shared.refusals.ambiguous)
        except ScatteredBody:
            self._break_off(self.shared.refusals.scattered)
        except NotHttp:
            self._break_off(self.shared.refusals.no_http)
        if self._opened is not None and not self.transport.is_closing():
            self._receive(self._opened)
        self.begin()  # not before, so that the app finds what came of the body, and need not wait
        if self.phase in UNANSWERED_HEAD or self._unfed or self.transport in self.shared.backlog:
            self._hold()
        if self._budget.exceeded:
            self.end_unanswered(self.shared.refusals.head_too_large)
        elif self._owes_more() and not self.clock.running:
            self.clock.start(self.shared.limits.head_seconds)

    def _break_off(self, refusal: Refusal) -> None:
        self._opened = None
        self.end_after_what_came_whole(refusal)

    def _feed(self, data: bytes) -> None:
        start = 0
        while start < len(data):
            if len(self.line) >= _LINE:
                self._unfed = data[start:]
                return
            if self._parser is None or self._budget.exceeded or self.transport.is_closing():
                return
            size = _BODY_PIECE if self.phase is Phase.BODY else _PIECE
            piece = memoryview(data)[start : start + size]
            self._parser.feed(piece)
            self._budget.received(len(piece))
            start += size

    def _feed_on(self) -> None:
        data, self._unfed = self._unfed, b""
        if data and not self.transport.is_closing():
            self._parse(data)
        if len(self.line) <= 1 and not self._unfed:
            self.flow.release()

    def read_on(self) -> None:
        """Parse, in its turn, what waited until the line is short."""
        if self._unfed:
            self.shared.pipelined.add(self._feed_on)
        else:
            self.flow.release()

    def _owes_more(self) -> bool:
        """Whether the caller is to send something within the time of a head."""
        body_due = self.phase is Phase.BODY_DUE and len(self.line) == 1
        return body_due or self.phase is Phase.UNREAD or self.phase in UNANSWERED_HEAD

    def _hold(self) -> None:
        """Say how much waits here."""
        waiting = len(self._unfed)
        if self.phase in UNANSWERED_HEAD:
            waiting += self._budget.unpaid
        if self.flow.write_paused:
            waiting += self.transport.get_write_buffer_size()
        self.shared.backlog.hold(self.transport, waiting)

    def head_began(self) -> None:
        """Count anew."""
        self.phase = Phase.HEAD
        self.resting_since = None
        self.clock.stop()
        self._budget.begin()

    def header_arrived(self) -> None:
        """A header costs more than its bytes."""
        self._budget.header()

    def head_ended(self, head: Head) -> None:
        """Begin to answer, or to refuse what would have to wait too long."""
        if self._budget.exceeded:
            self.refusal = self.refusal or self.shared.refusals.head_too_large
        if self.shared.full and head.method == b"POST" and not self.line:
            self.refusal = self.refusal or self.shared.refusals.overloaded
        if self.refusal:
            self.phase = Phase.REFUSED  # until the body is there too, on the clock and the limit of the head
            if head.expects_continue:
                self.end(self.refusal)  # nobody will send the body
            return
        self.phase = Phase.BODY_DUE
        self._opened = head
        self._body = bytearray()
        if self.shared.leaving:
            head.keep_alive = False

    def body_arrived(self, data: bytes) -> None:
        """A body pays for itself and its chunks; one that nobody reads does so only up to a limit."""
        if self.phase is Phase.REFUSED:
            return
        self._budget.body(len(data), read=self.phase is not Phase.UNREAD)
        if self.phase is Phase.UNREAD:
            return
        self.phase = Phase.BODY
        self.clock.stop()
        if self._opened is not None:
            self._body += data
        elif self.receiving is not None and self.receiving.take(data) > _HELD:
            self.flow.pause_reading()

    def request_ended(self) -> None:
        """From here on the request waits for its answer, or has its refusal."""
        if self.refusal:
            self._budget.begin()
            self.refuse(self.refusal, keep_alive=self._parser is not None and self._parser.keep_alive)
            return
        phase, self.phase = self.phase, Phase.IDLE
        self.clock.stop()
        if phase is Phase.UNREAD:
            self.rest()
        elif self._opened is not None:
            exchange, self._opened = self._exchange(self._opened), None
            self.enqueue(exchange)
        elif self.receiving is not None:
            self.receiving.end_body()
            self.receiving = None
            if len(self.line) == 1:
                self.wait()

    # From requests to exchanges

    def _receive(self, head: Head) -> None:
        """Let the app read the body of the opened request as it arrives."""
        self._opened = None
        self.receiving = self._cycle(head)
        if self._body and self.receiving.take(self._body) > _HELD:
            self.flow.pause_reading()
        self.enqueue(self.receiving)

    def _exchange(self, head: Head) -> Exchange:
        """What answers a request that is there as a whole."""
        fast_path = self.shared.fast_path
        plain = head.method == b"POST" and not head.expects_continue
        if plain and fast_path is not None and head.target in fast_path.targets:
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
        return Cycle(head, scope_of(head, self.transport, **self._addresses), self)
