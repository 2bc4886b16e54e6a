"""Answers that nobody takes: without an end they would hold their memory, and their connection, for ever."""

import asyncio
from typing import Final

SECONDS: Final = 30.0
"""Within which somebody must take some more of an answer that waits for them."""
_SOME: Final = 4_096
"""Bytes at least."""


class Stall:
    """Ends a connection whose other side takes nothing of what waits for it."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._waiting = 0

    def watch(self) -> None:
        """From now on something must be taken now and then, if something waits."""
        self._waiting = self._transport.get_write_buffer_size()
        if self._waiting and self._timer is None:
            self._timer = self._loop.call_later(SECONDS, self._look)

    def stop(self) -> None:
        """Enough was taken, or the connection is lost."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._transport.get_write_buffer_size() > self._waiting - _SOME:
            self._transport.abort()
        else:
            self.watch()
