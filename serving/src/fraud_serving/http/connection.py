"""One HTTP connection: uvicorn's, with the limits that it lacks, and at less cost.

Without limits a request's head may be of any size and take for ever, every socket is taken, and a request too
many costs nearly as much to refuse as to answer: at three times capacity nothing else would be done. And
where a payment is decided in some microseconds, a timer, an event and two turns of the loop for each
request are most of what it costs; what uvicorn does for any app is therefore done here for this one.
"""

import asyncio
from collections import deque
from typing import Any, Final
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from fraud_serving.http.clock import Clock
from fraud_serving.http.connections import Connections
from fraud_serving.http.cycle import Cycle
from fraud_serving.http.head_budget import HeadBudget
from fraud_serving.http.heads import AmbiguousHead, require_unambiguous
from fraud_serving.http.refusals import Refusal, is_whole_post
from fraud_serving.http.stall import Stall
from fraud_serving.http.upgrades import without_upgrade

ABORT: Final = "fraud.abort"
"""Extension of a request's scope: ends its connection at once, whatever was not taken of its answer."""
IS_CLOSING: Final = "fraud.is_closing"
"""Extension of a request's scope: whether its connection is closed, so that work for it can end."""
_ASGI: Final = {"version": "3.0", "spec_version": "2.3"}
_LINE: Final = 32
"""Requests of one connection that stand in line parsed; of the others it holds only the bytes."""
_PIECE: Final = 4_096
"""Bytes that are parsed before the line is looked at again."""
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


class Connection(HttpToolsProtocol):
    """A connection that is closed, with an answer where one can be read, when it takes too much."""

    cycle: Cycle  # type: ignore[assignment]  # in the place of uvicorn's own

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
        self._unstarted: Cycle | None = None
        self._running: Cycle | None = None
        self._pipelined: deque[Cycle] = deque()
        self._pending = False
        self._again = False
        self._budget = HeadBudget(self._limits.head)
        self._clock = Clock(self.loop, self._head_late)
        self._unfed = b""
        self._idle_timer: asyncio.TimerHandle | None = None
        self.resting_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Start the clock of the first request; beyond the limit, be about to refuse it."""
        beyond = len(self.connections) + 1 - self._limits.connections
        if beyond > 0 and self._shared.make_room():
            beyond = 0
        super().connection_made(transport)
        transport.set_write_buffer_limits(_UNSENT)
        self._stall = Stall(transport, self.loop)
        self.resting_since = self.loop.time()
        if beyond > _REFUSING:
            transport.abort()
        elif beyond > 0:
            self._refusal = self._refusals.too_many_connections
            self._clock.start(_REFUSAL_WAIT)
        else:
            self._clock.start(self._limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as asyncio calls it
        """Stop the clocks, and have no app go on for nobody."""
        self._clock.stop()
        self._stall.stop()
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        self._shed = False
        self._settle()
        self._shared.backlog.hold(self.transport, 0)
        self.connections.discard(self)
        if self._running is not None:
            self._running.disconnect()
        self._pipelined.clear()
        self.flow.resume_writing()
        self.transport.close()
        self.parser = None  # type: ignore[assignment]  # which refers to this

    def data_received(self, data: bytes) -> None:
        """Parse, and see what the request takes beside its body."""
        if self._shed:
            self.refuse_shed()  # now, so that the answers keep their order
        if self._full() and self._idle() and is_whole_post(data):
            self._clock.stop()
            self._shed = True
            self.resting_since = None
            self._shared.shed(self)
            return
        if self._unfed:  # its turn comes behind
            self._unfed += data
        else:
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        try:
            self._feed(data)
        except httptools.HttpParserError as error:
            ambiguous = isinstance(error.__context__, AmbiguousHead)
            self._end_after_what_came_whole(self._refusals.ambiguous if ambiguous else self._refusals.no_http)
        if self._unstarted is not None and not self.transport.is_closing():
            cycle, self._unstarted = self._unstarted, None
            self._start(cycle)  # not before, so that the app finds what came of the body, and need not wait
        if self._head_open or self._unfed or self.transport in self._shared.backlog:
            self._hold()
        if self._budget.exceeded:
            self._close_with(self._refusals.head_too_large)
        elif (self._head_open or self._body_late()) and not self._clock.running:
            self._clock.start(self._limits.head_seconds)

    def pause_writing(self) -> None:
        """More of an answer waits than should; not for ever, and others do not wait for its caller."""
        self.flow.pause_writing()
        self._settle()
        self._hold()
        self._stall.watch()

    def resume_writing(self) -> None:
        """It was taken."""
        self.flow.resume_writing()
        self._hold()
        if not self.transport.is_closing():
            self._stall.stop()

    def refuse_shed(self) -> None:
        """Answer a request that was shed, if there is one."""
        if self._shed:
            self._shed = False
            self._refuse(self._refusals.overloaded, keep_alive=True)

    def common_head(self) -> bytes:
        """The headers of every answer."""
        return self._shared.common_head()

    def on_message_begin(self) -> None:
        """Count anew."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self.resting_since = None
        self._head_open = True
        self._budget.begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take it, unless it trails a body: proxies that filter headers let such pass."""
        if self._head_open:
            self._budget.header()
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer, or to refuse what would have to wait too long."""
        if self.parser.should_upgrade():
            self._again = True  # see `_feed`
            return
        version = self.parser.get_http_version()
        require_unambiguous(version, self.url, self.headers)
        if version == "1.0":
            self.expect_100_continue = False
        behind_another = self._answering()
        if self._budget.exceeded:
            self._refusal = self._refusal or self._refusals.head_too_large
        if self._full() and self.parser.get_method() == b"POST" and not behind_another:
            self._refusal = self._refusal or self._refusals.overloaded
        if self._refusal:
            if self.expect_100_continue:
                self._end(self._refusal)  # nobody will send the body
            return  # until the body is there too, on the clock and the limit of the head
        self._head_open = False
        self.cycle = self._cycle()
        if behind_another:
            self._clock.stop()
            self.flow.pause_reading()
            self._pipelined.append(self.cycle)
        else:
            self._unstarted = self.cycle

    def on_body(self, body: bytes) -> None:
        """A body pays for itself and its chunks; one that nobody reads does so only up to a limit."""
        if self._refusal:
            return
        self._clock.stop()
        cycle = self.cycle
        self._budget.body(len(body), read=not cycle.response_complete)
        if cycle.response_complete:
            return
        if cycle.take(body) > _HELD:
            self.flow.pause_reading()

    def on_message_complete(self) -> None:
        """From here on the request waits for its answer, or has its refusal."""
        if self._again:
            return
        if self._refusal:
            self._refuse(self._refusal, keep_alive=self.parser.should_keep_alive())
            return
        self._clock.stop()
        if self._answered_early:
            self._answered_early = False
            return
        if not self._pipelined:
            self._wait_for_an_answer()
        self.cycle.end_body()

    def on_response_complete(self) -> None:
        """One less waits; what is left of a body that was answered early must come soon."""
        self._answered_early = self._running is not None and not self._running.whole
        self._settle()
        if self.transport.is_closing():
            return
        if self._pipelined:
            self._go_on_with(self._pipelined.popleft())
        else:
            self._rest()
        if self._pipelined:
            pass
        elif self._unfed:
            self.loop.call_soon(self._feed_on)
        else:
            self.flow.resume_reading()
        if self._answered_early and not self._clock.running:
            self._clock.start(self._limits.head_seconds)

    def close(self) -> None:
        """Close, once what was said is taken."""
        self.transport.close()
        self._stall.watch()

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

    def _feed(self, data: bytes) -> None:
        """Parse; a request that would rather speak another protocol is parsed again as one that would not.

        The parser takes such a request's body for the other protocol. Clients offer HTTP/2 so, and go on
        with HTTP/1.1 where nobody takes them up on it.
        """
        rest = memoryview(data)  # no copies: there may be thousands of such requests
        while rest:
            if len(self._pipelined) >= _LINE:
                self._unfed = bytes(rest)
                return
            if self._budget.exceeded:
                return
            piece = rest[:_PIECE]
            try:
                self.parser.feed_data(piece)
                self._budget.received(len(piece))
                rest = rest[_PIECE:]
            except httptools.HttpParserUpgrade as upgrade:
                self._parse_head_again()
                rest = rest[upgrade.args[0] :]

    def _parse_head_again(self) -> None:
        self._again = False
        method, version = self.parser.get_method(), self.parser.get_http_version()
        if method == b"CONNECT":
            raise httptools.HttpParserError("CONNECT")
        head = without_upgrade(method, self.url, version, self.headers)
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.parser.feed_data(head)

    def _feed_on(self) -> None:
        """Parse what waited for its turn, now that the line is short."""
        data, self._unfed = self._unfed, b""
        if data and not self.transport.is_closing():
            self._parse(data)
        if not self._pipelined and not self._unfed:
            self.flow.resume_reading()

    def _end_after_what_came_whole(self, refusal: Refusal) -> None:
        """Answer what came before that which is no HTTP; only where nobody waits for an answer, say so."""
        if not self._answering():
            self._end(refusal)
            return
        self.flow.pause_reading()
        if self.cycle.whole:
            self.cycle.keep_alive = False
        elif self._pipelined:
            self._pipelined.pop()
            last = self._pipelined[-1] if self._pipelined else self._unstarted or self._running
            if last is not None:
                last.keep_alive = False
        elif self.cycle.started:
            self.close()
        else:
            self._refuse_midway(refusal)

    def _refuse_midway(self, refusal: Refusal) -> None:
        """Answer in the app's place, which may have begun to read."""
        self._unstarted = None
        self.cycle.disconnect()
        self._end(refusal)

    def _cycle(self) -> Cycle:
        """What answers the request whose head is complete."""
        parser = self.parser
        version = parser.get_http_version()
        path, raw_path, query = _split(self.url)
        return Cycle(
            {
                "type": "http",
                "asgi": _ASGI,
                "http_version": version,
                "method": parser.get_method().decode(),
                "scheme": self.scheme,
                "server": self.server,
                "client": self.client,
                "root_path": "",
                "path": path,
                "raw_path": raw_path,
                "query_string": query,
                "headers": self.headers,
                "extensions": {ABORT: self.transport.abort, IS_CLOSING: self.transport.is_closing},
            },
            self,
            keep_alive=version != "1.0" and parser.should_keep_alive() and not self._shared.leaving,
        )

    def _start(self, cycle: Cycle) -> None:
        """Let the app answer, at once up to where it has to wait."""
        self._running = cycle
        task = asyncio.Task(cycle.run(self.app), loop=self.loop, eager_start=True)
        if not task.done():
            cycle.task = task
            self.tasks.add(task)

    def _go_on_with(self, cycle: Cycle) -> None:
        """Answer the next in line, in a turn of its own: there may be thousands."""
        if cycle.whole:
            self._wait_for_an_answer()
        elif not cycle.begun:
            self._clock.start(self._limits.head_seconds)
        self.loop.call_soon(self._start, cycle)

    def _rest(self) -> None:
        """Stay open for the next request.

        One timer, which looks now and then how long the connection has been idle, instead of one a request.
        """
        self.resting_since = self.loop.time()
        if self._idle_timer is None:
            self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._close_idle)

    def _close_idle(self) -> None:
        since = self.resting_since or self.loop.time()
        left = since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._idle_timer = self.loop.call_later(left, self._close_idle)
        else:
            self.close()

    def _last_cycle(self) -> Cycle | None:
        return self.cycle  # None before the first request, whatever its type says

    def _answering(self) -> bool:
        cycle = self._last_cycle()
        return cycle is not None and not cycle.response_complete

    def _body_late(self) -> bool:
        """Whether there is a head and nothing of its body yet."""
        return self._answering() and not self.cycle.begun and not self._pipelined

    def _wait_for_an_answer(self) -> None:
        """Of requests in line only the first is counted, or one connection could make a server look full.

        So could those whose callers take no answers, if theirs were counted.
        """
        if not self.flow.write_paused:
            self._pending = True
            self._shared.pending += 1

    def _hold(self) -> None:
        """Say how much waits here."""
        waiting = len(self._unfed)
        if self._head_open:
            waiting += self._budget.unpaid
        if self.flow.write_paused:
            waiting += self.transport.get_write_buffer_size()
        self._shared.backlog.hold(self.transport, waiting)

    def _settle(self) -> None:
        self._shared.pending -= self._pending
        self._pending = False

    def _full(self) -> bool:
        return self._shared.pending >= self._shared.accepted

    def _idle(self) -> bool:
        in_a_request = self._head_open or self._answered_early or self._answering()
        return not in_a_request and self._refusal is None

    def _refuse(self, refusal: Refusal, *, keep_alive: bool) -> None:
        self._head_open = False
        self._budget.begin()
        self._clock.stop()
        if refusal is not self._refusals.overloaded or self._shared.leaving or not keep_alive:
            self._end(refusal)
            return
        self._refusal = None
        self.transport.write(refusal.counted(last=False))
        self._rest()

    def _head_late(self) -> None:
        if self._body_late() and not self.cycle.started:
            self._refuse_midway(self._refusals.late)
        elif self._head_open:
            self._close_with(self._refusals.late)
        else:  # nothing was sent, so there is nothing to answer
            self.close()

    def _close_with(self, refusal: Refusal) -> None:
        """Answer where no other answer is being made, and close."""
        if self._head_open and not self._answering():
            self._end(self._refusal or refusal)
        else:
            self.close()

    def _end(self, refusal: Refusal) -> None:
        if not self.transport.is_closing():
            self.transport.write(refusal.counted(last=True))
            self.close()


def _split(url: bytes) -> tuple[str, bytes, bytes]:
    """A request's path, the same as it was sent, and its query."""
    parsed = httptools.parse_url(url)
    path = parsed.path or b"/"
    return unquote(path.decode()), path, parsed.query or b""
