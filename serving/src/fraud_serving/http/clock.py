"""The one deadline that a connection has at a time: for its next head, a body that must begin, a refusal."""

import asyncio
from collections.abc import Callable


class Clock:
    """Calls `late` unless it is stopped in time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, late: Callable[[], None]) -> None:
        self._loop = loop
        self._late = late
        self._timer: asyncio.TimerHandle | None = None

    @property
    def running(self) -> bool:
        """Whether there is a deadline."""
        return self._timer is not None

    def start(self, seconds: float) -> None:
        """Be late in so many seconds."""
        self._timer = self._loop.call_later(seconds, self._ring)

    def stop(self) -> None:
        """It came in time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._timer = None
        self._late()
