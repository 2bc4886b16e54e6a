"""Counters and histograms that cost a dictionary look-up.

prometheus_client's own take a lock and several calls each, a tenth of a request's time here. These are
touched by one thread only, that of the event loop, which also answers the scrape.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric


class Series(Protocol):
    """What Prometheus can be given."""

    def family(self, constant: dict[str, str]) -> Metric:
        """The series as Prometheus takes them, each with the constant labels too."""
        ...


class Tally:
    """A counter by labels."""

    def __init__(self, name: str, documentation: str, labels: Sequence[str]) -> None:
        self._name = name
        self._documentation = documentation
        self._labels = tuple(labels)
        self._counts: dict[tuple[str, ...], float] = {}

    def expect(self, series: Iterable[tuple[str, ...]]) -> None:
        """Show these label values from the start, at zero: a rate needs the first increase too."""
        self._counts.update(dict.fromkeys(series, 0))

    def add(self, *labels: str, amount: float = 1) -> None:
        """Count one, or `amount`."""
        self._counts[labels] = self._counts.get(labels, 0) + amount

    def add_all(self, series: Sequence[tuple[str, ...]], places: npt.NDArray[np.integer]) -> None:
        """Count one for each of `places`, which are indices into `series`."""
        for labels, count in zip(series, np.bincount(places, minlength=len(series)).tolist(), strict=True):
            if count:
                self.add(*labels, amount=count)

    def family(self, constant: dict[str, str]) -> Metric:
        """The series as Prometheus takes them, each with the constant labels too."""
        family = CounterMetricFamily(self._name, self._documentation, labels=(*constant, *self._labels))
        for labels, count in self._counts.items():
            family.add_metric((*constant.values(), *labels), count)
        return family


class Reading:
    """A gauge that is read when it is scraped."""

    def __init__(self, name: str, documentation: str, read: Callable[[], float]) -> None:
        self._name = name
        self._documentation = documentation
        self._read = read

    def family(self, constant: dict[str, str]) -> Metric:
        """The reading as Prometheus takes it."""
        family = GaugeMetricFamily(self._name, self._documentation, labels=tuple(constant))
        family.add_metric(tuple(constant.values()), self._read())
        return family


class Distribution:
    """A histogram by labels; a value on a bound belongs below it."""

    def __init__(
        self, name: str, documentation: str, bounds: Sequence[float], labels: Sequence[str] = ()
    ) -> None:
        self._name = name
        self._documentation = documentation
        self._bounds = tuple(bounds)
        self._edges = np.array(bounds, np.float64)
        self._labels = tuple(labels)
        self._series: dict[tuple[str, ...], tuple[list[int], list[float]]] = {}

    def observe(self, value: float, *labels: str) -> None:
        """Count a value."""
        series = self._series.get(labels)
        if series is None:
            series = self._series[labels] = ([0] * (len(self._bounds) + 1), [0.0])
        counts, total = series
        counts[bisect_left(self._bounds, value)] += 1
        total[0] += value

    def observe_all(self, values: npt.ArrayLike, *labels: str) -> None:
        """Count many values."""
        series = self._series.setdefault(labels, ([0] * (len(self._bounds) + 1), [0.0]))
        numbers = np.asarray(values, np.float64)
        bins = self._edges.searchsorted(numbers, side="left")
        for index, count in enumerate(np.bincount(bins).tolist()):
            series[0][index] += count
        series[1][0] += float(numbers.sum())

    def family(self, constant: dict[str, str]) -> Metric:
        """The series as Prometheus takes them: cumulative buckets and the sum of values."""
        family = HistogramMetricFamily(self._name, self._documentation, labels=(*constant, *self._labels))
        for labels, (counts, total) in self._series.items():
            family.add_metric((*constant.values(), *labels), self._buckets(counts), total[0])
        return family

    def _buckets(self, counts: Sequence[int]) -> list[tuple[str, float]]:
        names = [*map(str, self._bounds), "+Inf"]
        return [(name, sum(counts[: index + 1])) for index, name in enumerate(names)]
