"""The metrics as text, made so seldom that nobody who asks for them all the time slows others down."""

import asyncio
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from fraud_serving.budget import Budget

_SHARE: Final = 0.1
"""Of the event loop's time, at most: one scrape takes some milliseconds, in which nothing else is served."""
MAX_WAITING: Final = 8
"""Scrapes that wait for their turn; Prometheus asks once in some seconds."""


class Exposition:
    """Makes one text at a time, and rests in between in proportion to what it took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._turn = asyncio.Lock()
        self._rested = 0.0
        """Loop time from which another may be made."""
        self._waiting = Budget(MAX_WAITING, "Too many ask for the metrics. Ask again in a second.")

    async def text(self) -> bytes:
        """All metrics in Prometheus' text format; raises `Overloaded` where too many wait already."""
        loop = asyncio.get_running_loop()
        with self._waiting.holding():
            async with self._turn:
                await asyncio.sleep(self._rested - loop.time())
                began = loop.time()
                text = generate_latest(self._registry)
                ended = loop.time()
                self._rested = ended + (ended - began) * (1 / _SHARE - 1)
                return text
