"""Figures beside their limits: where a run has `limits/KEY/upper` or `limits/KEY/lower`, KEY is judged by it.

These are metrics as all others, so that W&B shows them too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wandb_local.pages.charts.lines import Chart, Course, chart

_PREFIX = "limits/"


@dataclass(frozen=True, slots=True)
class Limited:
    """The last value of a figure, and the limits of the same step; None for those that it has not."""

    key: str
    value: float
    lower: float | None
    upper: float | None
    picture: Chart

    @property
    def verdict(self) -> str:
        """`beyond` or `within` its limits, or `not judged` where the last step has none."""
        if self.lower is None and self.upper is None:
            return "not judged"
        above = self.upper is not None and self.value > self.upper
        below = self.lower is not None and self.value < self.lower
        return "beyond" if above or below else "within"


def limited(courses: Mapping[str, Course]) -> list[Limited]:
    """All figures that ever had a limit, those beyond theirs first."""
    found = [each for key in sorted(courses) if (each := _limited(key, courses)) is not None]
    return sorted(found, key=lambda each: ("beyond", "within", "not judged").index(each.verdict))


def without_limits(courses: Mapping[str, Course], shown: Sequence[Limited]) -> dict[str, Course]:
    """The courses that no picture of `shown` has."""
    known = {name for each in shown for name in (each.key, *_names(each.key))}
    return {key: course for key, course in courses.items() if key not in known}


def _names(key: str) -> tuple[str, str]:
    return f"{_PREFIX}{key}/lower", f"{_PREFIX}{key}/upper"


def _limited(key: str, courses: Mapping[str, Course]) -> Limited | None:
    bounds = {name.rpartition("/")[2]: courses[name] for name in _names(key) if name in courses}
    picture = chart(key, {key: courses[key]}, bounds) if bounds else None
    if picture is None:
        return None
    step, value = courses[key][-1]
    at = {side: dict(course).get(step) for side, course in bounds.items()}
    return Limited(key, value, at.get("lower"), at.get("upper"), picture)
