"""Single payments pass first: how work on many rows makes room for them.

A large request is worked on in pieces, and between two of them others get their turn. Pieces cost, turns
too, so both are spent only where somebody is there to profit.
"""

import asyncio
from math import inf
from time import monotonic
from typing import Final

_MANY: Final = 1_000
"""Rows up to which work on them is no longer than a payment may wait."""
_FEW: Final = 16
"""Rows up to which a request passes for a single payment."""
_SMALL: Final = 512
"""Rows of a piece that a payment may wait for: 1 ms of the trees."""
_TURNS: Final = 6
"""Of the event loop: more than a payment takes from its arrival to its answer, so that it meets one piece."""
_PRESENT: Final = 1.0
"""Seconds for which a single payment announces others."""


class RightOfWay:
    """Knows whether single payments are about."""

    def __init__(self, piece: int) -> None:
        self._piece = piece
        self._last = -inf

    def claim(self, rows: int) -> None:
        """A request of `rows` is here; of a few only, somebody waits for the answer."""
        if rows <= _FEW:
            self._last = monotonic()

    @property
    def piece(self) -> int:
        """Rows that the trees may be given at once."""
        return min(self._piece, _SMALL) if self._claimed() else self._piece

    async def give(self, rows: int) -> None:
        """Let others pass, between two pieces of work on `rows` of one request."""
        if rows <= _MANY:
            return
        await asyncio.sleep(0)
        if self._claimed():
            for _ in range(_TURNS):
                await asyncio.sleep(0)

    def _claimed(self) -> bool:
        return monotonic() - self._last < _PRESENT
