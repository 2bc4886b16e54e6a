"""The monitor's figures for Prometheus: the same, under the same names, as in W&B."""

from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from fraud_monitor.core.drift import State
from fraud_monitor.http.status import MonitorStatus, ReleaseStatus

_RELEASE: Final = ["release"]


class Exposition(Collector):
    """Metrics of a status, made anew for each scrape."""

    def __init__(self, status: Callable[[], MonitorStatus]) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        """All metric families."""
        status = self._status()
        yield from _windows(status.releases)
        yield from _drift(status.releases)
        yield from _outcomes(status.releases)
        yield from _health(status)


def _windows(releases: tuple[ReleaseStatus, ...]) -> Iterator[Metric]:
    window = GaugeMetricFamily(
        "fraud_window", "Figures of the latest window, as in W&B", labels=["release", "figure"]
    )
    ended = GaugeMetricFamily(
        "fraud_window_end_timestamp_seconds", "When the latest window ended", labels=_RELEASE
    )
    importance = GaugeMetricFamily(
        "fraud_importance",
        "Mean absolute contribution of a fact to the log-odds of fraud, recent payments",
        labels=["release", "feature"],
    )
    for each in releases:
        for name, value in each.figures.items():
            window.add_metric([each.release, name], value)
        if each.ends is not None:
            ended.add_metric([each.release], each.ends)
        for feature, value in each.importance.items():
            importance.add_metric([each.release, feature], value)
    yield from (window, ended, importance)


def _drift(releases: tuple[ReleaseStatus, ...]) -> Iterator[Metric]:
    labels = ["release", "name", "span"]
    index = GaugeMetricFamily("fraud_drift_psi", "Population stability index", labels=labels)
    limit = GaugeMetricFamily("fraud_drift_limit", "Index above which it has moved", labels=labels)
    moved = GaugeMetricFamily("fraud_drift_moved", "1 where it is beyond chance and limit", labels=labels)
    enough = GaugeMetricFamily("fraud_drift_sufficient", "1 where there are enough payments", labels=labels)
    for each in releases:
        for drift in each.judgement.drifts:
            own = [each.release, drift.name, drift.span]
            if drift.psi is not None:
                index.add_metric(own, drift.psi)
            if drift.limit is not None:
                limit.add_metric(own, drift.limit)
            moved.add_metric(own, drift.state is State.MOVED)
            enough.add_metric(own, drift.state in {State.MOVED, State.STABLE})
    yield from (index, limit, moved, enough)


def _outcomes(releases: tuple[ReleaseStatus, ...]) -> Iterator[Metric]:
    labels = ["release", "name", "span"]
    value = GaugeMetricFamily("fraud_outcome", "Decisions and expected cost", labels=labels)
    usual = GaugeMetricFamily("fraud_outcome_reference", "The same on the evaluation window", labels=labels)
    moved = GaugeMetricFamily("fraud_outcome_moved", "1 where an outcome left its reference", labels=labels)
    alert = GaugeMetricFamily(
        "fraud_drift_alert", "1 where an input and an outcome moved", labels=["release", "span"]
    )
    for each in releases:
        for outcome in each.judgement.outcomes:
            own = [each.release, outcome.name, outcome.span]
            if outcome.value is not None:
                value.add_metric(own, outcome.value)
            if outcome.reference is not None:
                usual.add_metric(own, outcome.reference)
            moved.add_metric(own, outcome.state is State.MOVED)
        for span in sorted({outcome.span for outcome in each.judgement.outcomes}):
            alert.add_metric([each.release, span], span in each.alerts)
    yield from (value, usual, moved, alert)


def _health(status: MonitorStatus) -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "fraud_monitor_windows_waiting", "Windows that W&B has not taken yet", labels=_RELEASE
    )
    dropped = CounterMetricFamily(
        "fraud_monitor_windows_dropped", "Windows that did not fit the buffer", labels=_RELEASE
    )
    for each in status.releases:
        waiting.add_metric([each.release], each.waiting)
        dropped.add_metric([each.release], each.dropped)
    yield from (waiting, dropped)
    yield CounterMetricFamily(
        "fraud_monitor_windows_delivered", "Windows that W&B took", value=status.delivered
    )
    yield CounterMetricFamily(
        "fraud_monitor_delivery_failures", "Deliveries that failed", value=status.delivery_failures
    )
    yield GaugeMetricFamily(
        "fraud_monitor_delivery_seconds",
        "What the last delivery took, whether W&B took the windows or not",
        value=status.delivery_seconds,
    )
