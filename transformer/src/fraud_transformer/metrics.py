"""What the transformer counts. Labels are bound once, since looking them up costs more than counting."""

from collections.abc import Sequence
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, disable_created_metrics

from fraud_contract.policy import DECISIONS, Decision

_LATENCY_BUCKETS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_SCORE_BUCKETS: Final = (0.0001, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)
"""Fine where decisions are made; deciles of the scores all lie near 0.00001, where nothing is decided."""
UNKNOWN: Final = "unknown"


# They double the number of series and say nothing that Prometheus does not know.
disable_created_metrics()  # type: ignore[no-untyped-call]  # prometheus_client gives it no types


class Metrics:
    """Counters of one release."""

    def __init__(
        self, release: str, categories: Sequence[str], registry: CollectorRegistry = REGISTRY
    ) -> None:
        self._requests = Counter(
            "fraud_requests",
            "Requests by route and status",
            ("release", "route", "status"),
            registry=registry,
        )
        self._latency = Histogram(
            "fraud_request_seconds",
            "Seconds from a request's first byte to its answer",
            ("release", "route"),
            buckets=_LATENCY_BUCKETS,
            registry=registry,
        )
        self._score = Histogram(
            "fraud_score", "Scores given", ("release",), buckets=_SCORE_BUCKETS, registry=registry
        ).labels(release)
        decisions = Counter(
            "fraud_decisions", "Decisions by category", ("release", "category", "decision"), registry=registry
        )
        self._decisions = {
            (category, decision): decisions.labels(release, category, decision.label)
            for category in (*categories, UNKNOWN)
            for decision in DECISIONS
        }
        self._known = frozenset(categories)
        self._unknown = Counter(
            "fraud_unknown_category",
            "Transactions of a category that training never saw",
            ("release",),
            registry=registry,
        ).labels(release)
        self._release = release
        self._bound: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def requested(self, route: str, status: int, seconds: float) -> None:
        """Count an answered request; `route` is a route's template, never a path that a caller made up."""
        bound = self._bound.get((route, status))
        if bound is None:
            bound = self._bound[route, status] = (
                self._requests.labels(self._release, route, str(status)),
                self._latency.labels(self._release, route),
            )
        bound[0].inc()
        bound[1].observe(seconds)

    def decided(self, category: str, score: float, decision: Decision) -> None:
        """Count a decision."""
        self._score.observe(score)
        self._decisions[category if category in self._known else UNKNOWN, decision].inc()

    def unknown_category(self) -> None:
        """Count a category that training never saw."""
        self._unknown.inc()
