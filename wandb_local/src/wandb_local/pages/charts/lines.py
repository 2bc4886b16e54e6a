"""The course of a metric as a picture: one line for each run."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wandb_local.pages.values import readable

WIDTH, HEIGHT = 360, 180
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 8, 20, 22

type Course = Sequence[tuple[float, float]]
"""Steps and values."""


@dataclass(frozen=True, slots=True)
class Line:
    """One course: `points` as SVG writes them, and its last value."""

    name: str
    points: str
    last: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Courses in one frame, and what its edges mean; `limits` are what the others should not cross."""

    title: str
    lines: Sequence[Line]
    limits: Sequence[Line]
    low: str
    high: str
    first: str
    last: str
    width: int = WIDTH
    height: int = HEIGHT


def chart(
    title: str, courses: Mapping[str, Course], limits: Mapping[str, Course] | None = None
) -> Chart | None:
    """The finite values of each course, the lowest of all at the bottom; None without any.

    Where there are limits, the frame ends at twice the height of what was judged. What was measured before
    there were any, often of too little, and lies above is drawn at the edge.
    """
    finite, bounds = _finite(courses), _finite(limits or {})
    if not finite:
        return None
    every = [point for points in (*finite.values(), *bounds.values()) for point in points]
    judged = {step for points in bounds.values() for step, _ in points}
    steps, values = [step for step, _ in every], [value for _, value in every]
    up = _Scale(min(values), max(values))
    if judged:
        up = up.no_higher_than_twice(max(value for step, value in every if step in judged))
    across = _Scale(min(steps), max(steps))
    return Chart(
        title,
        _lines(finite, across, up),
        _lines(bounds, across, up),
        readable(float(up.low)),
        readable(float(up.high)),
        readable(float(across.low)),
        readable(float(across.high)),
    )


def _finite(courses: Mapping[str, Course]) -> dict[str, Course]:
    return {
        name: points
        for name, course in courses.items()
        if (points := [point for point in course if all(map(math.isfinite, point))])
    }


def _lines(courses: Mapping[str, Course], across: "_Scale", up: "_Scale") -> list[Line]:
    return [
        Line(name, _points(points, across, up), readable(float(points[-1][1])))
        for name, points in courses.items()
    ]


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float

    def share(self, value: float) -> float:
        """Where `value` stands between the ends, from 0 to 1; what lies beyond stands at the end."""
        # Halves, so that the span of the largest floats stays finite.
        span = self.high / 2 - self.low / 2
        return min(1.0, (value / 2 - self.low / 2) / span) if span else 0.5

    def no_higher_than_twice(self, value: float) -> "_Scale":
        """Ending at twice the height of `value` above the low end, unless it ends before that."""
        return _Scale(self.low, min(self.high, value + (value - self.low)))


def _points(points: Course, across: _Scale, up: _Scale) -> str:
    width, height = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    written = [
        f"{_LEFT + width * across.share(step):.1f},{HEIGHT - _BOTTOM - height * up.share(value):.1f}"
        for step, value in points
    ]
    # A line of no length, with round ends, is a dot.
    return " ".join(written if len(written) > 1 else written * 2)
