"""Places for what callers may keep open as long as they like: the oldest gives its place to a new one.

Else a few callers would keep the others out.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class NoPlace(Exception):
    """All places are taken, and were so just now; or another one took this."""


class Places:
    """So many places, each kept for `kept` seconds from others that want it."""

    def __init__(self, number: int, kept: float) -> None:
        self._number = number
        self._kept = kept
        self._taken: dict[asyncio.Timeout, float] = {}
        """When each was taken, in that order."""

    @asynccontextmanager
    async def one(self, seconds: float | None = None) -> AsyncGenerator[None]:
        """A place for at most so many seconds.

        Raises:
            NoPlace: there is none, or another one took it.
            TimeoutError: the time is over.
        """
        now = asyncio.get_running_loop().time()
        if len(self._taken) >= self._number:
            self._vacate(now)
        place = asyncio.timeout(seconds)
        self._taken[place] = now
        try:
            async with place:
                yield
        except TimeoutError:
            if place not in self._taken:
                raise NoPlace from None
            raise
        finally:
            self._taken.pop(place, None)

    def _vacate(self, now: float) -> None:
        oldest, since = next(iter(self._taken.items()))
        if now - since < self._kept:
            raise NoPlace
        del self._taken[oldest]
        oldest.reschedule(now)
