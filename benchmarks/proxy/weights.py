"""Requests while weights move: lost ones, shares, and how long a canary is met after its weight is taken."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import sqrt
from statistics import NormalDist
from typing import Any, Final

from benchmarks.errors import BenchmarkError
from benchmarks.figures.measurements import Spread
from benchmarks.proxy.pair import CANARY, STABLE, Pair, wait
from benchmarks.proxy.plan import Plan
from support.clients.traffic import Traffic, traffic

RATE: Final = 330.0
"""Requests a second, were they answered at once."""
_OK: Final = 200
_SETTLED: Final = 0.15
"""Seconds after which requests routed by the weights before are answered."""
_LONGEST: Final = 180.0
"""Seconds until the fewest requests were sent."""
_CHANCE: Final = 0.01
"""That any of the shares lies beyond the bound by chance."""
_WATCHED: Final = 2.0
"""Seconds in which a canary is watched after its weight was taken."""


@dataclass(frozen=True)
class Share:
    """What was counted at one weight."""

    percent: int
    canary: int
    requests: int

    @property
    def deviation(self) -> float:
        """From the weight, in standard deviations of the binomial distribution."""
        if not self.requests:
            return 0.0
        share = self.percent / 100
        return (self.canary - self.requests * share) / sqrt(self.requests * share * (1 - share))


@dataclass(frozen=True)
class Moved:
    """Callers' view of all changes."""

    requests: int
    lost: int
    """Without an answer, or with another than a decision. Nothing was sent twice."""
    over_grpc: int
    seconds: float
    shares: tuple[Share, ...]

    @property
    def worst(self) -> float:
        """Deviation of the worst share."""
        return max(abs(each.deviation) for each in self.shares)


def bound(shares: int) -> float:
    """Standard deviations that none of so many shares exceeds, but for a chance of 1 %."""
    return NormalDist().inv_cdf(1 - _CHANCE / (2 * shares))


def moved(pair: Pair, rows: Sequence[dict[str, Any]], plan: Plan) -> Moved:
    """Change the weight again and again while callers go on.

    Raises:
        BenchmarkError: the callers do not get to the number of requests that was asked for.
    """
    chosen = random.Random(0)  # noqa: S311 - repeatable, and no secret
    pair.route(50)
    begun, shares = time.monotonic(), list[Share]()
    with traffic(pair.url, rows, rate=RATE) as seen:
        for _ in range(plan.changes):
            percent = chosen.randrange(5, 96)
            pair.route(percent)
            time.sleep(_SETTLED)
            before = pair.counted()
            time.sleep(plan.at_each - _SETTLED)
            after = pair.counted()
            counted = {name: after[name] - before[name] for name in (STABLE, CANARY)}
            shares.append(Share(percent, counted[CANARY], sum(counted.values())))
        wait(lambda: seen.sent >= plan.fewest, _LONGEST, f"{plan.fewest:,} requests were not sent")
    return Moved(
        requests=seen.sent,
        lost=len(seen.failed),
        over_grpc=seen.grpc_answers.total(),
        seconds=time.monotonic() - begun,
        shares=tuple(shares),
    )


def ways_back(pair: Pair, rows: Sequence[dict[str, Any]], plan: Plan) -> Spread:
    """Seconds from the wish to leave 50 % until the canary's last answer. Raises as `moved` does."""
    seconds = []
    with traffic(pair.url, rows, rate=RATE) as seen:
        for _ in range(plan.ways_back):
            pair.route(50)
            asked = time.monotonic()
            wait(partial(_meets_canary, seen, asked), _LONGEST, "the canary answered nothing")
            wished = time.monotonic()
            pair.route(0)
            time.sleep(_WATCHED)
            seconds.append(last_answer(seen, CANARY) - wished)
    return Spread.of(seconds)


def _meets_canary(seen: Traffic, since: float) -> bool:
    return seen.releases(since)[CANARY] > 0


def last_answer(seen: Traffic, release: str) -> float:
    """`time.monotonic()` of the last answer over HTTP that the release gave."""
    found = (
        each.at for each in reversed(seen.answers) if each.status == _OK and each.json()["release"] == release
    )
    at = next(found, None)
    if at is None:
        raise BenchmarkError(f"{release} answered nothing.")
    return at
