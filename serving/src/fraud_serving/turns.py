"""Work that is begun bit by bit, so that whoever sends something else meanwhile waits for a bit of it."""

import asyncio
from collections import deque
from collections.abc import Callable


class Turns:
    """Begins at most a few pieces of work in each turn, in the order in which they came.

    A turn is one of the event loop, or comes after a pause. Calls `all_begun` whenever none is left.
    """

    def __init__(
        self, at_once: int, pause: float = 0.0, all_begun: Callable[[], None] = lambda: None
    ) -> None:
        """Without a `pause`, in seconds, each turn of the event loop is one."""
        self._at_once = at_once
        self._pause = pause
        self._all_begun = all_begun
        self._waiting = deque[Callable[[], None]]()
        self._scheduled = False

    def add(self, work: Callable[[], None]) -> None:
        """Begin `work` in the next turn of the event loop or, behind others, in a later one."""
        self._waiting.append(work)
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._begin_some)

    async def come(self) -> None:
        """Return when it is the caller's turn; as `add`, for work that a coroutine does."""
        turn = asyncio.Event()
        self.add(turn.set)
        await turn.wait()

    def _begin_some(self) -> None:
        try:
            for _ in range(min(self._at_once, len(self._waiting))):
                self._waiting.popleft()()
        finally:
            self._scheduled = bool(self._waiting)
            if self._scheduled:
                asyncio.get_running_loop().call_later(self._pause, self._begin_some)
            else:
                self._all_begun()
