"""What one session measures."""

from dataclasses import dataclass
from typing import Final, Self

CONNECTIONS: Final = (1, 16, 64)
"""One caller (latency), some (what a shop has), many (what batching is for)."""
DISTINCT: Final = 1_000
"""One-row bodies that are cycled, so that no cache of answers could help."""
BATCH: Final = 10_000
"""Rows in the large request."""


@dataclass(frozen=True)
class Plan:
    """Rounds, seconds per measurement, and how good the model is."""

    rounds: int
    seconds: int
    """Of each measurement; wrk takes whole seconds."""
    warm_up: int
    """Seconds before each measurement, at the same load."""
    batch_seconds: int
    """Of measuring large requests, and of the warm-up before; some take half a second each."""
    quick: bool
    """A quickly trained model and a report only: the page in docs/ stays as it is."""

    @classmethod
    def full(cls, rounds: int, seconds: int) -> Self:
        """Figures to be published."""
        return cls(rounds, seconds, warm_up=2, batch_seconds=seconds, quick=False)

    @classmethod
    def short(cls) -> Self:
        """One round in a few minutes: that everything still runs and agrees, and by and large how fast."""
        return cls(rounds=1, seconds=2, warm_up=2, batch_seconds=3, quick=True)
