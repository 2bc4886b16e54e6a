"""What waits at the connections of a port: heads that are begun, requests in a line, answers not taken.

Each connection has limits of its own for them; but a few bytes bring an answer of some MiB, and there may be
thousands of connections. All of them together hold no more than `MAX_BYTES`: those that have waited longest
give way.
"""

import asyncio
from typing import Final

MAX_BYTES: Final = 32 << 20
"""Bytes that wait at all connections of a port together."""


class Backlog:
    """How much waits at each connection, in the order in which it began to."""

    def __init__(self) -> None:
        self._held: dict[asyncio.Transport, int] = {}
        self._total = 0

    def __contains__(self, transport: asyncio.Transport) -> bool:
        return transport in self._held

    def hold(self, transport: asyncio.Transport, size: int) -> None:
        """From now on `size` bytes wait at a connection; where that is too much, end those that wait longest.

        A connection for which nothing waits any more is forgotten: the next time it is the youngest.
        """
        self._total += size - self._held.get(transport, 0)
        if size:
            self._held[transport] = size
        else:
            self._held.pop(transport, None)
        while self._total > MAX_BYTES and len(self._held) > 1:
            oldest = next(iter(self._held))
            self._total -= self._held.pop(oldest)
            oldest.abort()
