"""Single payments pass first: how work on many rows yields to them.

A large request is worked on in chunks, and between two of them other requests get turns of the event loop.
Chunks and turns cost time, so both are spent only where a payment profits from them.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from math import inf
from time import monotonic
from typing import Final

SINGLE_MAX_ROWS: Final = 16
"""Rows up to which a request passes for a single payment."""
YIELD_MIN_ROWS: Final = 1_000
"""Rows up to which work on them is no longer than a payment may wait; beyond, it yields."""
SHARED_CHUNK_ROWS: Final = 512
"""Rows of a chunk that a payment may wait for: 1 ms of the trees."""
YIELD_TURNS: Final = 6
"""Of the event loop: more than a payment takes from its arrival to its answer, so that it meets one chunk."""
SINGLE_SECONDS: Final = 1.0
"""For so long a single payment announces others."""


class Fairness:
    """Knows whether there are single payments at the moment, and what work on many rows owes them."""

    def __init__(self, chunk_rows: int) -> None:
        self._chunk_rows = chunk_rows
        self._last_single = -inf
        self._turn = asyncio.Lock()

    def arrived(self, rows: int) -> None:
        """Note that a request of `rows` arrived; one of at most `SINGLE_MAX_ROWS` is a single payment."""
        if rows <= SINGLE_MAX_ROWS:
            self._last_single = monotonic()

    @property
    def chunk_rows(self) -> int:
        """Rows that the trees may be given at once: fewer while there are single payments."""
        return min(self._chunk_rows, SHARED_CHUNK_ROWS) if self._singles_present() else self._chunk_rows

    async def yield_turns(self, rows: float = inf) -> None:
        """Let other requests run, between two calls of the scorer for a request of `rows`."""
        if rows <= YIELD_MIN_ROWS:
            return
        await asyncio.sleep(0)
        if self._singles_present():
            for _ in range(YIELD_TURNS):
                await asyncio.sleep(0)

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """A piece of work on a stream or a large body, of one at a time: between two, other requests run.

        However many of them there are, a payment waits for one piece in each turn of the event loop, not for
        one of each.
        """
        async with self._turn:
            await self.yield_turns()
            yield

    @asynccontextmanager
    async def piece(self, rows: int) -> AsyncGenerator[None]:
        """A piece of work on a request of `rows`: in its `turn`, where there are many."""
        if rows > YIELD_MIN_ROWS:
            async with self.turn():
                yield
        else:
            yield

    def _singles_present(self) -> bool:
        return monotonic() - self._last_single < SINGLE_SECONDS
