"""What the service is to reach, as ratios of medians within one session."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from benchmarks.figures.measurements import Spread, Summary
from benchmarks.services.variants import ASYNC, KSERVE, MLSERVER, PAIR, STANDALONE, SYNC

Summaries = Mapping[str, Summary]
"""By variant's name."""


class Better(Enum):
    """Which way a figure is good."""

    HIGHER = "≥"
    LOWER = "≤"


@dataclass(frozen=True)
class Goal:
    """A bound on a figure of one of our two forms."""

    what: str
    variant: str
    figure: Callable[[Summaries], float]
    better: Better
    bound: float
    aim: float | None = None
    unit: str = "\N{MULTIPLICATION SIGN}"

    def judge(self, summaries: Summaries) -> "Outcome":
        """Whether these measurements reach it."""
        value = self.figure(summaries)
        return Outcome(self, value, self._reaches(value, self.bound), self._reaches(value, self.aim))

    def _reaches(self, value: float, bound: float | None) -> bool:
        if bound is None:
            return False
        return value >= bound if self.better is Better.HIGHER else value <= bound


@dataclass(frozen=True)
class Outcome:
    """A goal and what became of it."""

    goal: Goal
    value: float
    reached: bool
    aim_reached: bool


def first_service(summaries: Summaries, figure: Callable[[Summary], float], better: Better) -> float:
    """A figure of (a): that of its form, sync or async, which does better."""
    values = [figure(summaries[form.name]) for form in (SYNC, ASYNC)]
    return max(values) if better is Better.HIGHER else min(values)


def _rate(variant: str, connections: int, bound: float, aim: float) -> Goal:
    def rate(summary: Summary) -> float:
        return summary.points[connections].rate.median

    return Goal(
        f"requests/s at {connections} connections, against (a)",
        variant,
        lambda all_: rate(all_[variant]) / first_service(all_, rate, Better.HIGHER),
        Better.HIGHER,
        bound,
        aim,
    )


def _against_mlserver(variant: str, bound: float) -> Goal:
    def rate(all_: Summaries, name: str) -> float:
        return all_[name].points[64].rate.median

    return Goal(
        "requests/s at 64 connections, against (f)",
        variant,
        lambda all_: rate(all_, variant) / rate(all_, MLSERVER.name),
        Better.HIGHER,
        bound,
    )


def _gateway_rate(variant: str, bound: float) -> Goal:
    def rate(summary: Summary) -> float:
        return summary.gateway.rate.median

    return Goal(
        "the same with a gateway's headers, against (a) with them",
        variant,
        lambda all_: rate(all_[variant]) / first_service(all_, rate, Better.HIGHER),
        Better.HIGHER,
        0.8 * bound,
    )


def _gateway_share(variant: str) -> Goal:
    def share(all_: Summaries) -> float:
        return all_[variant].gateway.rate.median / all_[variant].points[64].rate.median

    return Goal("with a gateway's headers, of the rate without", variant, share, Better.HIGHER, 0.8)


def _p50(variant: str, bound: float, aim: float) -> Goal:
    def p50(summary: Summary) -> float:
        return summary.points[1].p50_ms.median

    return Goal(
        "p50 at 1 connection, against (a)",
        variant,
        lambda all_: p50(all_[variant]) / first_service(all_, p50, Better.LOWER),
        Better.LOWER,
        bound,
        aim,
    )


def _tail(variant: str) -> Goal:
    def tail(all_: Summaries) -> float:
        point = all_[variant].points[64]
        return point.p99_ms.median / point.p50_ms.median

    return Goal("p99 / p50 at 64 connections", variant, tail, Better.LOWER, 1.5)


def _batch(variant: str, bound: float, aim: float | None) -> Goal:
    def rate(summary: Summary) -> float:
        return _measured(summary.batch_rate).median

    return Goal(
        "rows/s in a 10,000-row batch, against (a)",
        variant,
        lambda all_: rate(all_[variant]) / first_service(all_, rate, Better.HIGHER),
        Better.HIGHER,
        bound,
        aim,
    )


def _memory(variant: str, bound: float, aim: float | None) -> Goal:
    return Goal(
        "memory, PSS",
        variant,
        lambda all_: all_[variant].memory_mib.median,
        Better.LOWER,
        bound,
        aim,
        " MiB",
    )


def _cold_start(variant: str, bound: float) -> Goal:
    """Of the transformers: both predictors import XGBoost, which is their whole start."""
    return Goal(
        "the transformer's cold start, against (b)'s",
        variant,
        lambda all_: all_[variant].starts[-1].median / all_[KSERVE.name].starts[-1].median,
        Better.LOWER,
        bound,
    )


def _measured(spread: Spread | None) -> Spread:
    if spread is None:
        raise ValueError("this variant takes no large requests")
    return spread


_C: Final = PAIR.name
_D: Final = STANDALONE.name
GOALS: Final = (
    _rate(_C, 64, 85, 100),
    _rate(_D, 64, 120, 160),
    _gateway_rate(_C, 85),
    _gateway_rate(_D, 120),
    _against_mlserver(_C, 10),
    _against_mlserver(_D, 16),
    _gateway_share(_C),
    _gateway_share(_D),
    _rate(_C, 16, 16, 20),
    _rate(_D, 16, 28, 36),
    _p50(_C, 0.42, 0.35),
    _p50(_D, 0.18, 0.12),
    _tail(_C),
    _tail(_D),
    _batch(_C, 3.5, None),
    _batch(_D, 4.5, None),
    _memory(_C, 300, 260),
    _memory(_D, 220, None),
    _cold_start(_C, 0.6),
)
