"""A metric's course as a small picture."""

import math
from collections.abc import Sequence

from wandb_local.pages.markup import Markup, tag

_WIDTH, _HEIGHT, _MARGIN = 220, 36, 2
_MOST_POINTS = 220
"""One per pixel."""


def sparkline(values: Sequence[float]) -> Markup:
    """The finite values from left to right, the smallest at the bottom; empty without any."""
    finite = [value for value in values if math.isfinite(value)]
    step = max(1, math.ceil(len(finite) / _MOST_POINTS))
    shown = finite[::step]
    if not shown:
        return Markup()
    low, high = min(shown), max(shown)
    # Halves, so that the span of the largest floats stays finite.
    span = (high / 2 - low / 2) or 1.0
    points = " ".join(
        f"{_across(i, len(shown)):.1f},{_down((value / 2 - low / 2) / span):.1f}"
        for i, value in enumerate(shown)
    )
    picture = tag("polyline", points=points)
    return tag("svg", picture, width=_WIDTH, height=_HEIGHT, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img")


def _across(position: int, count: int) -> float:
    return _MARGIN + (_WIDTH - 2 * _MARGIN) * position / max(1, count - 1)


def _down(share: float) -> float:
    return _HEIGHT - _MARGIN - (_HEIGHT - 2 * _MARGIN) * share
