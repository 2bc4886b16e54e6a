"""Places for streams: as many as there are, and none for good to who sends nothing."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from fraud_contract.errors import Overloaded, RequestTimeout
from fraud_transformer.limits import SILENT_SECONDS


class Place:
    """The place of one stream."""

    def __init__(self, idle: float, abort: Callable[[], None]) -> None:
        self._idle = idle
        self._abort = abort
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Timeout | None = None
        self.last_progress = self._loop.time()
        """When a line was complete, or answers were taken, by the clock of the event loop."""

    def progressed(self) -> None:
        """Note that a line is complete, or that answers were taken."""
        self.last_progress = self._loop.time()

    @asynccontextmanager
    async def receiving(self) -> AsyncGenerator[None]:
        """The time for which the stream waits for its caller.

        Raises:
            RequestTimeout: no line was completed for too long, or another stream took the place meanwhile.
        """
        try:
            async with asyncio.timeout_at(self.last_progress + self._idle) as self._waiting:
                yield
        except TimeoutError:
            silent = self._loop.time() - self.last_progress
            raise RequestTimeout(f"No line arrived for {silent:.0f} s. Send the rest again.") from None
        finally:
            self._waiting = None

    def vacate(self) -> None:
        """End the stream: its waiting for lines, or else the connection that takes no answers."""
        if self._waiting is None:
            self._abort()
        else:
            self._waiting.reschedule(self._loop.time())


class Places:
    """The places of all streams."""

    def __init__(self, number: int, idle: float) -> None:
        self._number = number
        self._idle = idle
        self._taken: set[Place] = set()

    def take(self, abort: Callable[[], None]) -> Place:
        """A place, if need be that of the stream which is silent for the longest time.

        `abort` ends the connection of the one that takes it.

        Raises:
            Overloaded: all are taken, and lines arrive on each.
        """
        if len(self._taken) >= self._number:
            silent = min(self._taken, key=lambda place: place.last_progress)
            if asyncio.get_running_loop().time() - silent.last_progress < SILENT_SECONDS:
                raise Overloaded("Too many streams at once. Try again in a second.")
            self._taken.discard(silent)
            silent.vacate()
        place = Place(self._idle, abort)
        self._taken.add(place)
        return place

    def leave(self, place: Place) -> None:
        """Give the place to another."""
        self._taken.discard(place)
