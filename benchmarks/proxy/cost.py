"""What Envoy costs a caller: the same release asked through it and past it, in turn."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

from benchmarks.errors import BenchmarkError
from benchmarks.figures.measurements import Spread
from benchmarks.load.wrk import drive
from benchmarks.proxy.pair import Pair
from benchmarks.proxy.plan import Plan
from support.clients.traffic import http_traffic

_RATE: Final = 220.0
"""Requests a second, were they answered at once: some 200."""
_CONNECTIONS: Final = 64
_DIRECT: Final = "direct"
_ENVOY: Final = "through Envoy"


@dataclass(frozen=True)
class Way:
    """One way to the release, in one round."""

    p50: float
    p99: float
    """Milliseconds of requests over HTTP at the steady rate."""
    rate: float
    """Requests a second that were reached there."""
    most: float
    """Requests a second over 64 connections, in a closed loop."""


@dataclass(frozen=True)
class Cost:
    """Both ways over all rounds; a ratio is Envoy's way over the direct one, within a round."""

    ways: dict[str, tuple[Way, ...]]

    def spread(self, way: str, figure: str) -> Spread:
        """Of one figure of one way."""
        return Spread.of(getattr(each, figure) for each in self.ways[way])

    def ratio(self, figure: str) -> Spread:
        """Of one figure."""
        both = zip(self.ways[_ENVOY], self.ways[_DIRECT], strict=True)
        return Spread.of(getattr(envoy, figure) / getattr(direct, figure) for envoy, direct in both)


def cost(pair: Pair, rows: Sequence[dict[str, Any]], plan: Plan, folder: Path) -> Cost:
    """Measure both, in another order every other round. Raises `BenchmarkError` if a request failed."""
    bodies = folder / "payments.jsonl"
    bodies.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    pair.route(0)
    urls = {_DIRECT: pair.direct, _ENVOY: pair.url}
    ways: dict[str, list[Way]] = {name: [] for name in urls}
    for number in range(plan.rounds):
        for name in list(urls)[:: -1 if number % 2 else 1]:
            ways[name].append(_way(urls[name], rows, bodies, plan.seconds))
    return Cost({name: tuple(each) for name, each in ways.items()})


def _way(url: str, rows: Sequence[dict[str, Any]], bodies: Path, seconds: int) -> Way:
    drive(f"{url}/predict/", bodies, _CONNECTIONS, 1)
    most = drive(f"{url}/predict/", bodies, _CONNECTIONS, seconds).rate
    with http_traffic(url, rows, rate=_RATE) as seen:
        time.sleep(seconds)
    if seen.failed:
        raise BenchmarkError(f"{len(seen.failed)} requests to {url} failed, such as {seen.failed[0]}.")
    hundredths = quantiles([each.seconds * 1_000 for each in seen.answers], n=100)
    return Way(hundredths[49], hundredths[98], len(seen.answers) / seconds, most)
