"""Requests too many: refused bit by bit, so that those accepted do not wait behind the refusals.

What a turn of the event loop reads is worked on in the turns that follow; an accepted payment takes half a
dozen of them. Refusing costs a third of answering, so that at three times capacity a turn that refused all
it read would last as long as a whole batch, and every step of every accepted payment would wait for one. A
few refusals a turn bound that. Nobody sends its next request before its refusal, so what waits here is
also read no faster than it is refused.
"""

import asyncio
from collections import deque
from typing import Final, Protocol

_A_TURN: Final = 8
"""Refusals in a turn of the loop, some 0.2 ms. With 16 and 32 accepted payments took half as long again,
with 4 no less (`benchmarks/overload.py`)."""


class Shed(Protocol):
    """A connection whose request is to be refused."""

    def refuse_shed(self) -> None:
        """Answer it, unless that was done or the connection is gone."""
        ...


class Shedding:
    """Connections that wait for their refusal, in the order in which they asked."""

    def __init__(self) -> None:
        self._waiting: deque[Shed] = deque()

    def add(self, connection: Shed) -> None:
        """Refuse the request of `connection` in this turn of the loop or a later one."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._refuse_some)
        self._waiting.append(connection)

    def _refuse_some(self) -> None:
        for _ in range(min(_A_TURN, len(self._waiting))):
            self._waiting.popleft().refuse_shed()
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._refuse_some)
