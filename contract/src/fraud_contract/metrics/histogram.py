"""Latencies out of histograms: what was slower than a quantile of another one."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Self


@dataclass(frozen=True)
class Histogram:
    """Counts of latencies at most as long as each bound, in seconds."""

    bounds: tuple[float, ...]
    """Ascending; the last one is infinite."""
    counts: tuple[float, ...]
    """Cumulative, one a bound."""

    @classmethod
    def of(cls, buckets: Mapping[str, float]) -> Self:
        """Of Prometheus's buckets by the label `le`; empty ones give an empty histogram."""
        ordered = sorted(
            (inf if bound == "+Inf" else float(bound), count) for bound, count in buckets.items()
        )
        return cls(tuple(bound for bound, _ in ordered), tuple(count for _, count in ordered))

    @property
    def total(self) -> float:
        """All of them."""
        return self.counts[-1] if self.counts else 0.0

    def quantile(self, share: float) -> float | None:
        """The latency that `share` of them do not exceed, by interpolation within its bucket.

        None if there are none. Beyond the last finite bound it is that bound.
        """
        if not self.total:
            return None
        place = bisect_left(self.counts, share * self.total)
        low, below = (self.bounds[place - 1], self.counts[place - 1]) if place else (0.0, 0.0)
        high = self.bounds[place]
        within = self.counts[place] - below
        if high == inf or not within:
            return low
        return low + (high - low) * (share * self.total - below) / within

    def above(self, seconds: float) -> float:
        """How many were slower than `seconds`, by interpolation within its bucket."""
        if not self.total:
            return 0.0
        place = min(bisect_left(self.bounds, seconds), len(self.bounds) - 1)
        low, below = (self.bounds[place - 1], self.counts[place - 1]) if place else (0.0, 0.0)
        high = self.bounds[place]
        part = 0.0 if high == inf else (seconds - low) / (high - low)
        return self.total - below - part * (self.counts[place] - below)
