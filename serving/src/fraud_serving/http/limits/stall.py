"""Answers that nobody takes: without an end they would hold their memory, and their connection, for ever."""

import asyncio
from typing import Final

from fraud_serving.http.limits.clock import Clock

SECONDS: Final = 30.0
"""Within which somebody must take some more of an answer that waits for them."""
_SOME: Final = 4_096
"""Bytes at least."""


class Stall:
    """Ends a connection whose other side takes nothing of what waits for it."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._clock = Clock(loop, self._look)
        self._waiting = 0
        self.stop = self._clock.close
        """Enough was taken, or the connection is lost."""

    def watch(self) -> None:
        """From now on something must be taken now and then, if something waits."""
        self._waiting = self._transport.get_write_buffer_size()
        if self._waiting and not self._clock.running:
            self._clock.start(SECONDS)

    def _look(self) -> None:
        if self._transport.get_write_buffer_size() > self._waiting - _SOME:
            self._transport.abort()
        else:
            self.watch()
