"""What the transformer counts."""

from collections.abc import Iterator, Sequence
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from fraud_contract.policy import DECISIONS, Decision
from fraud_transformer.tallies import Distribution, Tally

_LATENCY_BOUNDS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_SCORE_BOUNDS: Final = (0.0001, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)
"""Fine where decisions are made; deciles of the scores all lie near 0.00001, where nothing is decided."""
_BATCH_BOUNDS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)
UNKNOWN: Final = "unknown"


class Metrics(Collector):
    """Counts of one release. Synthetic rows (golden, evaluation) never reach it."""

    def __init__(
        self, release: str, categories: Sequence[str], registry: CollectorRegistry = REGISTRY
    ) -> None:
        self._constant = {"release": release}
        self._known = frozenset(categories)
        self._requests = Tally("fraud_requests", "Requests by route and status", ("route", "status"))
        self._latency = Distribution(
            "fraud_request_seconds", "From a request's arrival to its answer", _LATENCY_BOUNDS, ("route",)
        )
        self._scores = Distribution("fraud_score", "Scores given", _SCORE_BOUNDS)
        self._decisions = Tally("fraud_decisions", "Decisions by category", ("category", "decision"))
        self._decisions.expect(
            (category, decision.label) for category in (*categories, UNKNOWN) for decision in DECISIONS
        )
        self._unknown = Tally("fraud_unknown_category", "Transactions of a category training never saw", ())
        self._unknown.expect([()])
        self._batches = Distribution("fraud_batch_rows", "Rows in a call of the predictor", _BATCH_BOUNDS)
        self._failures = Tally(
            "fraud_predictor_failures", "Failed calls of the predictor by error", ("code",)
        )
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """The series, for Prometheus."""
        for each in (
            self._requests,
            self._latency,
            self._scores,
            self._decisions,
            self._unknown,
            self._batches,
            self._failures,
        ):
            yield each.family(self._constant)

    def requested(self, route: str, status: int, seconds: float) -> None:
        """Count an answered request; `route` is a route's template, never a path that a caller made up."""
        self._requests.add(route, _STATUSES[status])
        self._latency.observe(seconds, route)

    def decided(self, category: str, score: float, decision: Decision) -> None:
        """Count a decision."""
        self._scores.observe(score)
        self._decisions.add(category if category in self._known else UNKNOWN, _LABELS[decision])

    def unknown_category(self) -> None:
        """Count a category that training never saw."""
        self._unknown.add()

    def called(self, rows: int) -> None:
        """Count a call of the predictor."""
        self._batches.observe(rows)

    def failed(self, code: str) -> None:
        """Count a failed call of the predictor."""
        self._failures.add(code)


_STATUSES: Final = {status: str(status) for status in range(100, 600)}
_LABELS: Final = tuple(decision.label for decision in DECISIONS)
