"""What was measured, and what it comes to over the rounds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Self

import numpy as np

_RESAMPLES: Final = 10_000
_WITHIN: Final = (2.5, 97.5)
"""Percentiles of the means of resamples."""


@dataclass(frozen=True)
class Point:
    """One load of one round."""

    rate: float
    """Requests answered per second."""
    p50_ms: float
    p99_ms: float
    cpu_us: float
    """User and system time of all server processes per request, in microseconds."""
    foreign: float
    """Share of the servers' core that others used meanwhile (interrupts included), 0-1."""


@dataclass(frozen=True)
class Round:
    """One variant in one round."""

    points: Mapping[int, Point]
    """By connections."""
    gateway: Point
    """At 64 connections, with a gateway's headers."""
    batch_rate: float | None
    """Rows per second in large requests; None for constants."""
    memory_mib: float
    """Proportional set size of all processes after the loads."""
    starts: tuple[float, ...]
    """Seconds from each process's start to its first 200."""


@dataclass(frozen=True)
class Spread:
    """Median, least and greatest of the rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """That of at least one value."""
        ordered = sorted(values)
        return cls(median(ordered), ordered[0], ordered[-1])


@dataclass(frozen=True)
class Mean:
    """A mean, and where it lies with 95 % confidence by the bootstrap."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """That of at least one value; the same for the same values."""
        own, draw = np.asarray(values, np.float64), np.random.default_rng(1)
        means = own[draw.integers(len(own), size=(_RESAMPLES, len(own)))].mean(axis=1)
        low, high = np.percentile(means, _WITHIN)
        return cls(float(own.mean()), float(low), float(high))


@dataclass(frozen=True)
class PointSummary:
    """One load over the rounds."""

    rate: Spread
    p50_ms: Spread
    p99_ms: Spread
    cpu_us: Spread
    foreign: Spread

    @classmethod
    def of(cls, points: Sequence[Point]) -> Self:
        """That of at least one round."""
        return cls(
            rate=Spread.of(each.rate for each in points),
            p50_ms=Spread.of(each.p50_ms for each in points),
            p99_ms=Spread.of(each.p99_ms for each in points),
            cpu_us=Spread.of(each.cpu_us for each in points),
            foreign=Spread.of(each.foreign for each in points),
        )


@dataclass(frozen=True)
class Summary:
    """One variant over the rounds."""

    points: Mapping[int, PointSummary]
    gateway: PointSummary
    batch_rate: Spread | None
    memory_mib: Spread
    starts: tuple[Spread, ...]
    """In the order in which its processes are started."""

    @classmethod
    def of(cls, rounds: Sequence[Round]) -> Self:
        """That of at least one round."""
        batches = [each.batch_rate for each in rounds if each.batch_rate is not None]
        return cls(
            points={
                connections: PointSummary.of([each.points[connections] for each in rounds])
                for connections in rounds[0].points
            },
            gateway=PointSummary.of([each.gateway for each in rounds]),
            batch_rate=Spread.of(batches) if batches else None,
            memory_mib=Spread.of(each.memory_mib for each in rounds),
            starts=tuple(map(Spread.of, zip(*(each.starts for each in rounds), strict=True))),
        )
