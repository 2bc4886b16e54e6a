"""How long each measurement takes."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Plan:
    """Rounds and seconds."""

    rounds: int
    """Of Envoy's cost, the two ways in turn."""
    seconds: int
    """Of each way in a round, at each load."""
    changes: int
    """Of the weight, while callers go on."""
    at_each: float
    """Seconds at each weight."""
    fewest: int
    """Requests that the changes are to be tried on."""
    ways_back: int
    idle: float
    """Seconds in which the idle loop is watched."""

    @classmethod
    def full(cls) -> Self:
        """Figures to be published; some nine minutes."""
        return cls(rounds=5, seconds=5, changes=50, at_each=0.8, fewest=10_000, ways_back=10, idle=60)

    @classmethod
    def short(cls) -> Self:
        """That everything still runs; some three minutes, most of them in the whole rollout."""
        return cls(rounds=1, seconds=2, changes=6, at_each=0.8, fewest=1_000, ways_back=2, idle=10)
