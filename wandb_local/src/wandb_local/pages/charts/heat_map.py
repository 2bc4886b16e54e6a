"""Histograms over time: a column for each window, a row for each bin, the stronger the larger its share."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from wandb_local.pages.values import is_figure, readable

SHARES: Final = (0.0001, 0.001, 0.01, 0.03, 0.1, 0.3)
"""Shares of a window from which on a cell is one shade stronger; below the first it is the faintest."""
_WIDTH, _LEFT, _TOP, _CELL, _BELOW = 720, 70, 8, 12, 22
_MOST_COLUMNS, _MOST_BINS, _COMMON_BINS, _LABELS = 60, 64, 32, 8
_APART: Final = 2
"""Rows between two labels, which are as high as that on a phone."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts between neighbouring edges, which ascend and of which there is one more."""

    counts: tuple[float, ...]
    edges: tuple[float, ...]


def histogram_of(value: object) -> Histogram | None:
    """What the SDK writes for a `wandb.Histogram`; None for everything else, and for one without a value."""
    if not isinstance(value, Mapping) or value.get("_type") != "histogram":
        return None
    counts, edges = value.get("values"), value.get("bins")
    if not isinstance(counts, list) or not isinstance(edges, list) or len(edges) != len(counts) + 1:
        return None
    if not all(is_figure(each) for each in (*counts, *edges)) or any(count < 0 for count in counts):
        return None
    if any(low >= high for low, high in pairwise(edges)) or not 0 < sum(counts) < float("inf"):
        return None
    return Histogram(tuple(map(float, counts)), tuple(map(float, edges)))


@dataclass(frozen=True, slots=True)
class Bin:
    """A row: its shares of all windows together, and of the last column."""

    low: float
    high: float
    share: float
    last: float


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Cells by shade, from the faintest on, each as one path of SVG; the highest bin on top."""

    title: str
    shades: Sequence[str]
    labels: Sequence[tuple[float, str]]
    """Heights and edges beside the rows."""
    bins: Sequence[Bin]
    first: str
    last: str
    left: int
    right: int
    bottom: int
    width: int = _WIDTH

    @property
    def height(self) -> int:
        """With the labels below."""
        return self.bottom + _BELOW


def heat_map(title: str, course: Sequence[tuple[float, Histogram]]) -> HeatMap:
    """The picture of at least one histogram by step, in order; many windows share a column."""
    edges = _edges([each for _, each in course])
    columns = [
        [sum(bins) for bins in zip(*(_spread(each, edges) for _, each in part), strict=True)]
        for part in _parts(course)
    ]
    shares = [[count / (sum(column) or 1.0) for count in column] for column in columns]
    whole = [sum(bins) for bins in zip(*columns, strict=True)]
    total = sum(whole)
    rows = len(edges) - 1
    return HeatMap(
        title,
        _shades(shares),
        _labels(edges),
        [
            Bin(low, high, count / total, last)
            for (low, high), count, last in zip(pairwise(edges), whole, shares[-1], strict=True)
        ],
        readable(course[0][0]),
        readable(course[-1][0]),
        _LEFT,
        _WIDTH - 8,
        _TOP + rows * _CELL,
    )


def _parts(course: Sequence[tuple[float, Histogram]]) -> Iterator[Sequence[tuple[float, Histogram]]]:
    count = min(len(course), _MOST_COLUMNS)
    for column in range(count):
        yield course[column * len(course) // count : (column + 1) * len(course) // count]


def _edges(histograms: Sequence[Histogram]) -> tuple[float, ...]:
    """Those that all have in common; else bins of the same width over all of them."""
    first = histograms[0].edges
    if len(first) <= _MOST_BINS + 1 and all(each.edges == first for each in histograms):
        return first
    low, high = min(each.edges[0] for each in histograms), max(each.edges[-1] for each in histograms)
    edges = [low + (high / _COMMON_BINS - low / _COMMON_BINS) * each for each in range(_COMMON_BINS)]
    common = (*dict.fromkeys((*edges, high)),)
    return common if all(a < b for a, b in pairwise(common)) else (low, high)


def _spread(histogram: Histogram, edges: tuple[float, ...]) -> list[float]:
    """Its counts in bins of other edges, which cover it: of each bin that is cut, the part that is inside."""
    if histogram.edges == edges:
        return list(histogram.counts)
    found = [0.0] * (len(edges) - 1)
    for (low, high), count in zip(pairwise(histogram.edges), histogram.counts, strict=True):
        place = bisect_right(edges, low) - 1
        while count and place < len(found) and edges[place] < high:
            inside = min(high, edges[place + 1]) / 2 - max(low, edges[place]) / 2
            found[place] += count * max(0.0, inside) / (high / 2 - low / 2 or 1.0)
            place += 1
    return found


def _shades(shares: Sequence[Sequence[float]]) -> list[str]:
    width, rows = (_WIDTH - 8 - _LEFT) / len(shares), len(shares[0])
    paths = [""] * (len(SHARES) + 1)
    for column, of_column in enumerate(shares):
        for row, share in enumerate(of_column):
            if share > 0:
                left, top = _LEFT + column * width, _TOP + (rows - 1 - row) * _CELL
                cell = f"M{left:.1f} {top}h{width:.1f}v{_CELL}h-{width:.1f}z"
                paths[bisect_right(SHARES, share)] += cell
    return paths


def _labels(edges: Sequence[float]) -> list[tuple[float, str]]:
    rows = len(edges) - 1
    every = max(_APART, -(-rows // _LABELS))
    return [
        (_TOP + (rows - place) * _CELL + 4.0, readable(edges[place])) for place in range(0, rows + 1, every)
    ]
