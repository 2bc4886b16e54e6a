"""What live traffic shows at one weight: errors, slowness, the share of requests, restarts, memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fraud_contract.metrics.counters import Counters
from fraud_contract.metrics.histogram import Histogram
from fraud_contract.metrics.page import RESIDENT, STARTED, Page
from fraud_rollout.core.state.observed import Evidence
from fraud_rollout.judge.verdict import Count
from fraud_rollout.records.details import Latency

REQUESTS: Final = "fraud_requests_total"
REFUSED: Final = "fraud_refused_requests_total"
DEGRADED: Final = "fraud_degraded_total"
SECONDS: Final = "fraud_request_seconds_bucket"
NAMES: Final = frozenset({REQUESTS, REFUSED, DEGRADED, SECONDS, STARTED, RESIDENT})
"""What is read of a pod's metrics; see `counters.parse`."""

_OURS: Final = ("overloaded", "unavailable", "internal")
"""Codes of requests refused unread that are the service's own fault."""
_SERVER_ERROR: Final = 500
_QUANTILE: Final = 0.99
_GROWN: Final = 1.5
"""Resident memory beyond stable's by this factor, and growing, is an event."""
_SHOWN: Final = {"p50": 0.5, "p90": 0.9, "p99": 0.99}


@dataclass(frozen=True)
class ProxyCounts:
    """What the proxy counted of requests for one release since its start; it may be started anew, too."""

    requests: float
    failed: float
    """Answered with status 500 or above, or not at all."""


@dataclass(frozen=True)
class Scrape:
    """Both releases at one moment."""

    stable: Mapping[str, Page]
    """Metrics by pod."""
    candidate: Mapping[str, Page]
    proxy_counts: ProxyCounts | None = None
    """Of the candidate; None where the proxy cannot be asked."""


class Traffic:
    """Evidence from traffic at one weight; make another one for the next weight."""

    def __init__(self, digest: str, since: datetime, weight: int) -> None:
        """Evidence about the candidate of that digest, since that moment, at `weight` percent."""
        self._digest, self._since, self._weight = digest, since, weight
        self._stable, self._candidate, self._proxy_counts = (Counters(since.timestamp()) for _ in range(3))
        self._restarts = self._grown = Count()
        self._memory = 0.0
        self._routed = self._routed_to_candidate = 0.0
        """Requests to either release, and those of them to the candidate, while it had this weight."""
        self._interrupted = False

    def interrupt(self) -> None:
        """The candidate may have another weight until the next look; all but its share goes on counting."""
        self._interrupted = True

    def look(self, seen: Scrape, now: datetime) -> Evidence:
        """The evidence with this look; the first one only shows where counting begins."""
        before, routed = self._candidate.restarts, (_requests(self._candidate), _requests(self._stable))
        self._stable.look(seen.stable)
        self._candidate.look(seen.candidate)
        if seen.proxy_counts is not None:
            page: Page = {
                ("requests", ()): seen.proxy_counts.requests,
                ("failed", ()): seen.proxy_counts.failed,
            }
            self._proxy_counts.look({"proxy": page})
        self._count_share(*routed)
        if seen.candidate:
            self._restarts += Count(events=int(self._candidate.restarts > before), observations=1)
            self._grown += self._growth(seen)
        return Evidence(
            candidate=self._digest,
            since=self._since,
            at=now,
            weight=self._weight,
            counts=self._counts(),
        )

    def _count_share(self, candidate: float, stable: float) -> None:
        """Add the requests since the look at which so many were counted."""
        if not self._interrupted:
            own = _requests(self._candidate) - candidate
            self._routed_to_candidate += own
            self._routed += own + _requests(self._stable) - stable
        self._interrupted = False

    @property
    def latency(self) -> Latency:
        """Quantiles of both releases, for people."""
        return Latency(
            weight=self._weight, stable=_quantiles(self._stable), candidate=_quantiles(self._candidate)
        )

    def _counts(self) -> dict[str, Count]:
        counts = {"errors": self._errors(_requests(self._candidate)), "restarts": self._restarts}
        if self._routed:
            counts["weight"] = _count(self._routed_to_candidate, self._routed)
        if self._stable_serves:
            counts["slow"] = self._slow()
        if self._grown.observations:
            counts["memory"] = self._grown
        return counts

    @property
    def _stable_serves(self) -> bool:
        return _requests(self._stable) > 0

    def _errors(self, requests: float) -> Count:
        """By the pods' own count, or by the proxy's where it saw more: it also sees who got no answer."""
        degraded = self._candidate.sum(DEGRADED)
        inside = _failed(self._candidate) + degraded
        proxy_counts = self._proxy_counts.sum("failed") + degraded
        return _count(max(inside, proxy_counts), max(requests, self._proxy_counts.sum("requests")))

    def _slow(self) -> Count:
        """Requests slower than stable's p99 of the same route in the same window."""
        slower = requests = 0.0
        for route in self._candidate.by_label(SECONDS, "route"):
            own, theirs = (
                Histogram.of(each.by_label(SECONDS, "le", route=route))
                for each in (self._candidate, self._stable)
            )
            limit = theirs.quantile(_QUANTILE)
            if limit is not None:
                slower += own.above(limit)
                requests += own.total
        return _count(slower, requests)

    def _growth(self, seen: Scrape) -> Count:
        own, theirs = _memory(seen.candidate), _memory(seen.stable)
        grown = self._memory and own > self._memory and own > _GROWN * theirs
        self._memory = max(own, self._memory)
        return Count(events=int(bool(grown)), observations=1) if theirs and own else Count()


def _requests(counters: Counters) -> float:
    return counters.sum(REQUESTS) + counters.sum(REFUSED)


def _failed(counters: Counters) -> float:
    statuses = counters.by_label(REQUESTS, "status")
    answered = sum(count for status, count in statuses.items() if int(status) >= _SERVER_ERROR)
    return answered + sum(counters.sum(REFUSED, code=code) for code in _OURS)


def _memory(pages: Mapping[str, Page]) -> float:
    """Bytes of the largest pod."""
    return max((page.get((RESIDENT, ()), 0.0) for page in pages.values()), default=0.0)


def _quantiles(counters: Counters) -> dict[str, float]:
    histogram = Histogram.of(counters.by_label(SECONDS, "le"))
    values = {name: histogram.quantile(share) for name, share in _SHOWN.items()}
    return {name: value for name, value in values.items() if value is not None}


def _count(events: float, observations: float) -> Count:
    observed = max(0, round(observations))
    return Count(events=min(max(0, round(events)), observed), observations=observed)
