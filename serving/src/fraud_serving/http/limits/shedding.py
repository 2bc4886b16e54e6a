"""Requests too many: refused bit by bit, so that those accepted do not wait behind the refusals.

Refusing costs a third of answering, so that at three times capacity whoever refuses all at once does nothing
else, and a predictor on the same core is not even reached. A few refusals a millisecond bound that to a
tenth of the time. Nobody sends its next request before its refusal, so what waits here is also read no
faster than it is refused.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

_AT_ONCE: Final = 8
"""Refusals a millisecond, some 0.1 ms. With 16 accepted payments took half as long again."""
_PAUSE: Final = 0.001
"""Seconds between two times; the event loop's clock tells no shorter ones apart."""


class Shed(Protocol):
    """A connection whose request is to be refused."""

    def refuse_shed(self) -> None:
        """Answer it, unless that was done or the connection is gone."""
        ...


class Shedding:
    """Connections that wait for their refusal, in the order in which they asked.

    Calls `all_refused` whenever none waits any more.
    """

    def __init__(self, all_refused: Callable[[], None]) -> None:
        self._all_refused = all_refused
        self._waiting: deque[Shed] = deque()

    def add(self, connection: Shed) -> None:
        """Refuse the request of `connection` in the next turn of the event loop or somewhat later."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._refuse_some)
        self._waiting.append(connection)

    def _refuse_some(self) -> None:
        for _ in range(min(_AT_ONCE, len(self._waiting))):
            self._waiting.popleft().refuse_shed()
        if self._waiting:
            asyncio.get_running_loop().call_later(_PAUSE, self._refuse_some)
        else:
            self._all_refused()
