"""The open connections of one server, and what they may take together."""

import asyncio
from dataclasses import dataclass
from typing import Final, Protocol, cast

from uvicorn.server import ServerState

from fraud_serving.http.exchange import FastPath
from fraud_serving.http.limits.backlog import Backlog
from fraud_serving.http.limits.lingering import Lingering
from fraud_serving.http.limits.refusals import Refusals
from fraud_serving.http.parsing.heads import Header, lines_of
from fraud_serving.turns import Turns

_A_PART: Final = 16
"""Of all connections, at most, is closed at once to make room: to look at each takes a millisecond or two."""
PIPELINED: Final = 1
"""Requests behind others of their connections that are begun, of all of them, in a turn of the event loop."""
_LOOK_AGAIN: Final = 0.1
"""Seconds after which it is worth looking again who rests, where nobody did."""


_REFUSED_AT_ONCE: Final = 8
"""Requests too many that are refused in a millisecond, in some 0.1 ms, so that those accepted do not wait
behind the refusals: with 16 they took half as long again. Refusing costs a third of answering, so that at
three times capacity whoever refuses all at once does nothing else, and a predictor on the same core is not
even reached. Nobody sends its next request before its refusal, so what waits is also read no faster."""
_REFUSED_EVERY: Final = 0.001
"""Seconds; the event loop's clock tells no shorter ones apart."""


class Connected(Protocol):
    """A connection, to all of them together."""

    resting_since: float | None
    """Loop time; None while a request of it is on its way or is answered."""

    def close(self) -> None:
        """Close it."""
        ...

    def refuse_shed(self) -> None:
        """Refuse the request that was shed, unless that was done or the connection is gone."""
        ...


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
    """Requests read and not answered; a further POST is refused before anything is done for it, and so are
    those that follow until the refused have their answers and a quarter as many are left."""


class Connections(ServerState):
    """The open connections of one server."""

    def __init__(
        self, limits: ConnectionLimits, refusals: Refusals, fast_path: FastPath | None = None
    ) -> None:
        super().__init__()
        self.limits = limits
        self.refusals = refusals
        self.backlog = Backlog()
        self.lingering = Lingering()
        self.fast_path = fast_path
        self.pipelined = Turns(PIPELINED)
        """What is behind another request of its connection: it waits for its turn."""
        self.waiting: set[Connected] = set()
        """Those with a request that was read and is not answered, unless its caller takes no answers."""
        self.accepted = limits.pending
        """How many of them there may be before a further POST is refused."""
        self.leaving = False
        """Whether each answer is the last of its connection."""
        self._in_use_until = 0.0
        self._shedding = Turns(_REFUSED_AT_ONCE, _REFUSED_EVERY, self._accept_all)

    @property
    def default_headers(self) -> list[Header]:
        """The headers of every answer, which uvicorn sets each second."""
        return self._headers

    @default_headers.setter
    def default_headers(self, headers: list[Header]) -> None:
        self._headers = headers
        self.default_lines = lines_of(headers)
        """The same as they are sent."""

    @property
    def full(self) -> bool:
        """Whether a further POST would have to wait too long."""
        return len(self.waiting) >= self.accepted

    def make_room(self) -> bool:
        """Close those that have been resting longest; False where all are in use.

        Otherwise idle connections would keep payments out for as long as those who opened them like.
        """
        now = asyncio.get_running_loop().time()
        if now < self._in_use_until:
            return False
        ours = cast("set[Connected]", self.connections)
        resting = [(each.resting_since, each) for each in ours if each.resting_since is not None]
        resting.sort(key=lambda each: each[0])
        for _, each in resting[: max(1, self.limits.connections // _A_PART)]:
            ours.discard(each)  # at once, so that the next finds room
            each.close()
        if not resting:
            self._in_use_until = now + _LOOK_AGAIN
        return bool(resting)

    def shed(self, connection: Connected) -> None:
        """Refuse the request of `connection` soon.

        Meanwhile a quarter of the limit is accepted: a burst is worth waiting for, but where there is more
        than can be answered, a queue would only make everybody late.
        """
        self.accepted = max(1, self.limits.pending // 4)
        self._shedding.add(connection.refuse_shed)

    def _accept_all(self) -> None:
        self.accepted = self.limits.pending
