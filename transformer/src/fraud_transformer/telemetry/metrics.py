"""The metrics of one release."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from prometheus_client import REGISTRY, CollectorRegistry, Gauge
from prometheus_client.core import InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from fraud_contract.errors import DeadlineExceeded, PredictorAway
from fraud_contract.metrics.scores import SCORE_BOUNDS
from fraud_contract.policy import DECISIONS, costs_of
from fraud_contract.transaction import DAYS, HOURS
from fraud_transformer.served import ServedRelease
from fraud_transformer.telemetry.instruments import Counter, Histogram
from fraud_transformer.transactions.columns import Facts
from fraud_transformer.transactions.parsing import ALLOWED, MISSING

_LATENCY_BOUNDS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_BATCH_BOUNDS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)
_LABELS: Final = tuple(decision.label for decision in DECISIONS)
UNKNOWN: Final = "unknown"
OTHER: Final = "other"
_MISSING: Final = "missing"
_INVALID: Final = "invalid"
_UNEXPECTED: Final = "unexpected"
_STATUSES: Final = {status: str(status) for status in range(100, 600)}
_HOUR_SERIES: Final = tuple((str(hour),) for hour in range(HOURS))
_DAY_SERIES: Final = tuple((str(day),) for day in range(DAYS))


class Metrics(Collector):
    """Metrics of one release; synthetic requests (golden rows, evaluations, replays) never reach them."""

    def __init__(self, release: ServedRelease, registry: CollectorRegistry = REGISTRY) -> None:
        spec = release.preprocessor.spec
        self._constant = {"release": release.name}
        self._info = {
            "fingerprint": release.fingerprint,
            "model_version": release.model.version,
            "model_digest": release.model.digest,
            "preprocessor_version": release.preprocessor.version,
            "preprocessor_digest": release.preprocessor.digest,
        }
        self._requests = Counter("fraud_requests", "Requests by route and status", ("route", "status"))
        self._latency = Histogram(
            "fraud_request_seconds", "From a request's arrival to its answer", _LATENCY_BOUNDS, ("route",)
        )
        self._invalid = Counter(
            "fraud_invalid_fields", "Fields that transactions were refused for", ("field", "problem")
        )
        self._invalid.initialize(product(ALLOWED, (_MISSING, _INVALID)))
        self._invalid.initialize([(OTHER, _UNEXPECTED)])
        self._scores = Histogram("fraud_score", "Scores given", SCORE_BOUNDS)
        self._decisions = Counter("fraud_decisions", "Decisions by category", ("category", "decision"))
        self._costs = costs_of(release.policy)
        self._expected_cost = Counter(
            "fraud_expected_cost", "Expected cost of the decisions, in the currency of amounts", ("decision",)
        )
        self._expected_cost.initialize([(label,) for label in _LABELS])
        self._decided_series = [
            (category, label) for category in (*spec.categories, UNKNOWN) for label in _LABELS
        ]
        self._decisions.initialize(self._decided_series)
        # In the bins of the training data's reference, so that drift can be computed from these alone.
        self._amounts = Histogram("fraud_amount", "Amounts decided", spec.reference.amount_edges)
        self._hours = Counter("fraud_hour", "Transactions by hour of the day", ("hour",))
        self._hours.initialize(_HOUR_SERIES)
        self._days = Counter("fraud_day_of_week", "Transactions by day of the week, Monday 0", ("day",))
        self._days.initialize(_DAY_SERIES)
        self._unknown = Counter("fraud_unknown_category", "Transactions of a category training never saw", ())
        self._unknown.initialize([()])
        self._batches = Histogram("fraud_batch_rows", "Rows in a call of the predictor", _BATCH_BOUNDS)
        self._stages = Histogram(
            "fraud_stage_seconds",
            "Per call of the predictor: its wait, its time",
            _LATENCY_BOUNDS,
            ("stage",),
        )
        self._failures = Counter("fraud_predictor_failures", "Failed predictor calls by error", ("code",))
        self._degraded = Counter(
            "fraud_degraded", "Transactions decided without a score, by error", ("code",)
        )
        self._degraded.initialize([(PredictorAway.code,), (DeadlineExceeded.code,)])
        self._gauges: list[Gauge] = []
        self.before_reading: Callable[[], None] = lambda: None
        """Called before they are collected; set by whoever has something to count yet."""
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """All metric families with the label `release`."""
        self.before_reading()
        info = InfoMetricFamily("fraud_release", "What is served", labels=tuple(self._constant))
        info.add_metric(tuple(self._constant.values()), self._info)
        yield info
        for each in vars(self).values():
            if isinstance(each, Counter | Histogram):
                yield each.family(self._constant)
        for gauge in self._gauges:
            yield from gauge.collect()

    def watch(self, name: str, documentation: str, read: Callable[[], float]) -> None:
        """Show what `read` gives, as a gauge."""
        gauge = Gauge(name, documentation, tuple(self._constant), registry=None)
        gauge.labels(**self._constant).set_function(read)
        self._gauges.append(gauge)

    def requested_all(self, route: str, status: int, seconds: Sequence[float]) -> None:
        """Count requests that were answered with an HTTP status in so many seconds each.

        `route` is a template, never a path that a caller made up.
        """
        self._latency.observe_all(seconds, route)
        self._requests.increment(route, _STATUSES[status], amount=len(seconds))

    def refused(self, details: Sequence[Mapping[str, Any]]) -> None:
        """Count the fields that a transaction was refused for."""
        for detail in details:
            field = str(detail.get("field"))
            if field in ALLOWED:
                self._invalid.increment(field, _MISSING if detail.get("message") == MISSING else _INVALID)
            else:
                self._invalid.increment(OTHER, _UNEXPECTED)

    def decided_all(
        self, facts: Facts, scores: npt.NDArray[np.float32], decisions: npt.NDArray[np.int8]
    ) -> None:
        """Count decisions, given as numbers of `Decision`, and the facts they were made of."""
        self._scores.observe_all(scores)
        self._amounts.observe_all(facts.amounts)
        self._decisions.increment_all(self._decided_series, facts.codes * len(_LABELS) + decisions)
        expected = np.stack(self._costs.expected(scores.astype(np.float64), facts.amounts))
        chosen = np.take_along_axis(expected, decisions[np.newaxis].astype(np.intp), axis=0)[0]
        for label, cost in zip(_LABELS, np.bincount(decisions, chosen, len(_LABELS)).tolist(), strict=True):
            self._expected_cost.increment(label, amount=cost)
        self._hours.increment_all(_HOUR_SERIES, facts.hours)
        self._days.increment_all(_DAY_SERIES, facts.days)

    def unknown_category(self, rows: int = 1) -> None:
        """Count transactions of a category that training never saw."""
        self._unknown.increment(amount=rows)

    def called(self, rows: int, waited: float, took: float) -> None:
        """Count a call of the predictor: its rows, and seconds its oldest row waited and the call took."""
        self._batches.observe(rows)
        self._stages.observe(waited, "queue")
        self._stages.observe(took, "predictor")

    def degraded(self, rows: int, code: str) -> None:
        """Count transactions that were decided without a score."""
        self._degraded.increment(code, amount=rows)

    def failed(self, code: str) -> None:
        """Count a failed call of the predictor."""
        self._failures.increment(code)
