"""The one deadline that a connection has at a time: for its next head, a body that must begin, a refusal."""

import asyncio
from collections.abc import Callable


class Clock:
    """Calls `late` unless it is stopped in time.

    Its timer is left to run when a deadline is moved back or dropped, which happens several times a request,
    and looks again when it rings.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, late: Callable[[], None]) -> None:
        self._loop = loop
        self._late = late
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def running(self) -> bool:
        """Whether there is a deadline."""
        return self._deadline is not None

    def start(self, seconds: float) -> None:
        """Be late in so many seconds."""
        self._deadline = self._loop.time() + seconds
        if self._timer is not None and self._timer.when() > self._deadline:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._ring)

    def stop(self) -> None:
        """It came in time."""
        self._deadline = None

    def close(self) -> None:
        """Never be late, and let go of who would be told."""
        self._late = _never
        self.stop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._ring)
        else:
            self._deadline = None
            self._late()


def _never() -> None:
    """Tell nobody."""
