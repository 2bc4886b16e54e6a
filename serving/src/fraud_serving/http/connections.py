"""The open connections of one server, and what they may take together."""

import asyncio
from dataclasses import dataclass
from typing import Final, Protocol

from uvicorn.server import ServerState

from fraud_serving.http.exchange import FastPath
from fraud_serving.http.limits.backlog import Backlog
from fraud_serving.http.limits.lingering import Lingering
from fraud_serving.http.limits.refusals import Refusals
from fraud_serving.http.limits.shedding import Shed, Shedding
from fraud_serving.http.parsing.heads import Header, lines_of
from fraud_serving.turns import Turns

_A_PART: Final = 16
"""Of all connections, at most, is closed at once to make room: to look at each takes a millisecond or two."""
PIPELINED: Final = 1
"""Requests behind others of their connections that are begun, of all of them, in a turn of the event loop."""
_LOOK_AGAIN: Final = 0.1
"""Seconds after which it is worth looking again who rests, where nobody did."""


class Resting(Protocol):
    """A connection, which may have nothing to do."""

    resting_since: float | None
    """Loop time; None while a request of it is on its way or is answered."""

    def close(self) -> None:
        """Close it."""
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
        self.waiting: set[Shed] = set()
        """Those with a request that was read and is not answered, unless its caller takes no answers."""
        self.accepted = limits.pending
        """How many of them there may be before a further POST is refused."""
        self.leaving = False
        """Whether each answer is the last of its connection."""
        self._in_use_until = 0.0
        self._shedding = Shedding(self._accept_all)

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
        resting: list[tuple[float, Resting]] = [
            (each.resting_since, each)  # type: ignore[union-attr,misc]  # all of them are ours
            for each in self.connections
            if each.resting_since is not None  # type: ignore[union-attr]
        ]
        resting.sort(key=lambda each: each[0])
        for _, each in resting[: max(1, self.limits.connections // _A_PART)]:
            self.connections.discard(each)  # at once, so that the next finds room
            each.close()
        if not resting:
            self._in_use_until = now + _LOOK_AGAIN
        return bool(resting)

    def shed(self, connection: Shed) -> None:
        """Refuse the request of `connection` soon.

        Meanwhile a quarter of the limit is accepted: a burst is worth waiting for, but where there is more
        than can be answered, a queue would only make everybody late.
        """
        self.accepted = max(1, self.limits.pending // 4)
        self._shedding.add(connection)

    def _accept_all(self) -> None:
        self.accepted = self.limits.pending
