"""Pictures as geometry: data to pixels, ticks and labels. The template draws them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, isfinite, log10
from typing import Final, Self

WIDTH: Final = 340
HEIGHT: Final = 220
_LEFT: Final = 52
_RIGHT: Final = 12
_TOP: Final = 14
_BOTTOM: Final = 40
_TICKS: Final = 5


@dataclass(frozen=True)
class Scale:
    """From values to pixels."""

    low: float
    high: float
    start: float
    """Pixel of `low`."""
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """The pixel of `value`; values outside are drawn at the edge."""
        low, high, place = (self._flat(each) for each in (self.low, self.high, value))
        share = (place - low) / (high - low) if high > low else 0.5
        return round(self.start + min(max(share, 0.0), 1.0) * (self.end - self.start), 1)

    def _flat(self, value: float) -> float:
        return log10(max(value, 1e-12)) if self.logarithmic else value

    @property
    def ticks(self) -> tuple[float, ...]:
        """Round values within."""
        if self.logarithmic:
            first, last = ceil(log10(self.low) - 1e-9), floor(log10(self.high) + 1e-9)
            every = max(1, ceil((last - first) / _TICKS))
            return tuple(10.0**power for power in range(first, last + 1, every))
        span = self.high - self.low
        if span <= 0 or not isfinite(span):
            return (self.low,)
        rough = span / _TICKS
        size = 10.0 ** floor(log10(rough))
        step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
        first = ceil(self.low / step - 1e-9)
        return tuple(step * place for place in range(first, floor(self.high / step + 1e-9) + 1))


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Path:
    """A line, or an area where `kind` says so."""

    points: str
    kind: str


@dataclass(frozen=True)
class Dot:
    """A point."""

    x: float
    y: float
    kind: str


@dataclass(frozen=True)
class Bar:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    label: str = ""


@dataclass(frozen=True)
class Axis:
    """One direction of a picture."""

    title: str
    low: float
    high: float
    logarithmic: bool = False
    form: str = "{:g}"
    """Of tick labels."""
    factor: float = 1.0
    """From values to what labels show, such as 100 for percent."""
    marks: tuple[str, ...] = ()
    """Labels at 0, 1, 2, …; empty for numbers."""


@dataclass
class Plot:
    """A picture; coordinates are pixels."""

    title: str
    x: Axis
    y: Axis
    width: int = WIDTH
    height: int = HEIGHT
    wide: bool = False
    paths: list[Path] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    legend: list[tuple[str, str]] = field(default_factory=list)
    """Kind and label."""

    def __post_init__(self) -> None:
        right, bottom = self.width - _RIGHT, self.height - _BOTTOM
        self.left, self.right, self.top, self.bottom = _LEFT, right, _TOP, bottom
        self.across = Scale(self.x.low, self.x.high, _LEFT, right, self.x.logarithmic)
        self.up = Scale(self.y.low, self.y.high, bottom, _TOP, self.y.logarithmic)

    @property
    def x_ticks(self) -> list[Tick]:
        """Marks along the bottom."""
        if self.x.marks:
            return [Tick(self.across(place), mark) for place, mark in enumerate(self.x.marks)]
        return [_tick(self.x, self.across, value) for value in self.across.ticks]

    @property
    def y_ticks(self) -> list[Tick]:
        """Marks along the left."""
        return [_tick(self.y, self.up, value) for value in self.up.ticks]

    def line(self, kind: str, points: Iterable[tuple[float, float]]) -> Self:
        """Join the points."""
        self.paths.append(Path(self._pixels(points), kind))
        return self

    def level(self, kind: str, value: float) -> Self:
        """A line across at `value`."""
        return self.line(kind, [(self.x.low, value), (self.x.high, value)])

    def band(
        self, kind: str, low: Sequence[tuple[float, float]], high: Sequence[tuple[float, float]]
    ) -> Self:
        """Fill between two lines."""
        self.paths.append(Path(self._pixels([*low, *reversed(high)]), f"{kind} area"))
        return self

    def scatter(self, kind: str, points: Iterable[tuple[float, float]]) -> Self:
        """A dot for each point."""
        self.dots.extend(Dot(self.across(x), self.up(y), kind) for x, y in points)
        return self

    def bar(self, kind: str, left: float, right: float, value: float, label: str = "") -> Self:
        """A bar from the bottom up to `value`, between two places of the x axis."""
        x, y, base = self.across(left), self.up(value), self.up(self.y.low)
        width = round(self.across(right) - x, 1)
        self.bars.append(Bar(x, y, width, round(base - y, 1), kind, label))
        return self

    def _pixels(self, points: Iterable[tuple[float, float]]) -> str:
        return " ".join(f"{self.across(x):g},{self.up(y):g}" for x, y in points)


def _tick(axis: Axis, scale: Scale, value: float) -> Tick:
    return Tick(scale(value), axis.form.format(value * axis.factor))


def headroom(values: Iterable[float], least: float = 0.0) -> float:
    """A round upper end of an axis that holds all values."""
    most = max([least, *values])
    return most * 1.1 if most > 0 else 1.0
