"""Counters and histograms that cost a dictionary look-up.

prometheus_client's own take a lock and several calls each, a tenth of a request's time here. These are
touched by one thread only, that of the event loop, which also answers the scrape.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric


class Counter:
    """A count by labels."""

    def __init__(self, name: str, documentation: str, labels: Sequence[str]) -> None:
        self._name = name
        self._documentation = documentation
        self._labels = tuple(labels)
        self._counts: dict[tuple[str, ...], float] = {}

    def initialize(self, series: Iterable[tuple[str, ...]]) -> None:
        """Show these label values from the start, at zero: a rate needs the first increase too."""
        self._counts.update(dict.fromkeys(series, 0))

    def increment(self, *labels: str, amount: float = 1) -> None:
        """Add one, or `amount`."""
        self._counts[labels] = self._counts.get(labels, 0) + amount

    def increment_all(self, series: Sequence[tuple[str, ...]], indices: npt.NDArray[np.integer]) -> None:
        """Add one to `series[index]` for each of `indices`, an array of shape (n,)."""
        for labels, count in zip(series, np.bincount(indices, minlength=len(series)).tolist(), strict=True):
            if count:
                self.increment(*labels, amount=count)

    def family(self, constant: dict[str, str]) -> Metric:
        """The metric family, each series with the constant labels too."""
        family = CounterMetricFamily(self._name, self._documentation, labels=(*constant, *self._labels))
        for labels, count in self._counts.items():
            family.add_metric((*constant.values(), *labels), count)
        return family


class Histogram:
    """Counts of values in buckets, by labels; a value on a bound belongs below it."""

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
        """Put a value into its bucket."""
        series = self._series.get(labels)
        if series is None:
            series = self._series[labels] = ([0] * (len(self._bounds) + 1), [0.0])
        counts, total = series
        counts[bisect_left(self._bounds, value)] += 1
        total[0] += value

    def observe_all(self, values: npt.ArrayLike, *labels: str) -> None:
        """Put each of `values`, of shape (n,), into its bucket."""
        series = self._series.setdefault(labels, ([0] * (len(self._bounds) + 1), [0.0]))
        numbers = np.asarray(values, np.float64)
        bins = self._edges.searchsorted(numbers, side="left")
        for index, count in enumerate(np.bincount(bins).tolist()):
            series[0][index] += count
        series[1][0] += float(numbers.sum())

    def family(self, constant: dict[str, str]) -> Metric:
        """The metric family: cumulative buckets and the sum of values, with the constant labels too."""
        family = HistogramMetricFamily(self._name, self._documentation, labels=(*constant, *self._labels))
        for labels, (counts, total) in self._series.items():
            family.add_metric((*constant.values(), *labels), self._buckets(counts), total[0])
        return family

    def _buckets(self, counts: Sequence[int]) -> list[tuple[str, float]]:
        names = [*map(str, self._bounds), "+Inf"]
        return list(zip(names, accumulate(counts), strict=True))
