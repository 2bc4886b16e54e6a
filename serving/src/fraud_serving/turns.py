"""Turns of the event loop: work that one caller can bring by the hundred is begun bit by bit."""

import asyncio
from collections import deque
from collections.abc import Callable


class Turns:
    """Begins at most a few pieces of work in each turn of the event loop, in the order in which they came.

    However much of it there is, whoever sends something else meanwhile waits for that few, not for all.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._waiting = deque[Callable[[], None]]()
        self._scheduled = False

    def add(self, work: Callable[[], None]) -> None:
        """Begin `work` in the next turn or, behind others, in a later one."""
        self._waiting.append(work)
        self._schedule()

    async def come(self) -> None:
        """Return when it is the caller's turn; as `add`, for work that a coroutine does."""
        turn = asyncio.Event()
        self.add(turn.set)
        await turn.wait()

    def _schedule(self) -> None:
        if self._waiting and not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._begin_some)

    def _begin_some(self) -> None:
        self._scheduled = False
        try:
            for _ in range(min(self._at_once, len(self._waiting))):
                self._waiting.popleft()()
        finally:
            self._schedule()
