"""A process's metrics page, in Prometheus's text format."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Final

from fraud_contract.errors import MetricsUnreadable

Series = tuple[str, tuple[tuple[str, str], ...]]
"""Name and sorted labels."""
Page = Mapping[Series, float]
"""All series of one process at one moment."""

STARTED: Final = "process_start_time_seconds"
RESIDENT: Final = "process_resident_memory_bytes"
GAUGES: Final = frozenset({STARTED, RESIDENT})
"""Series that go up and down; all others read here are counters."""

_LINE: Final = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?", re.ASCII)
# Possessive, and from the beginning of a word only: a page of garbage is read in linear time too.
_LABEL: Final = re.compile(r'(?<!\w)([a-zA-Z_]\w*+)="((?:[^"\\]|\\.)*+)"', re.ASCII)
_MOST: Final = 20_000
"""Series of a page; a transformer has a few hundred."""


def parse(text: str, names: Iterable[str]) -> Page:
    """The series of these names in Prometheus's text format.

    Raises:
        MetricsUnreadable: a line is none of that format, a value is no number, or there are too many.
    """
    wanted, page = frozenset(names), dict[Series, float]()
    for line in text.split("\n"):  # only this ends a line; a label may hold what else `splitlines` knows
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise MetricsUnreadable(f"Metrics hold a line that is none: {line[:80]!r}.")
        name, labels, value = match.groups()
        if name in wanted:
            page[name, tuple(sorted(_LABEL.findall(labels or "")))] = _number(value)
        if len(page) > _MOST:
            raise MetricsUnreadable(f"Metrics hold more than {_MOST:,} series.")
    return page


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise MetricsUnreadable(f"Metrics hold {text[:40]!r} for a number.")
    return value
