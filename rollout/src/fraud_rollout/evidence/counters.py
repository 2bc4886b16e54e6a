"""Counters of processes that come and go: how much was counted since one began to look.

A counter that went back belongs to a process that was started anew (or answers in another one's place), and
what it shows was counted since then, as Prometheus reads it. Of a process that is first seen later, all
belongs here if it was started since; one that was only away begins to count with its first look.
"""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Final

from fraud_rollout.evidence.errors import EvidenceUntrusted

Series = tuple[str, tuple[tuple[str, str], ...]]
"""Name and sorted labels."""
Page = Mapping[Series, float]
"""All series of one process at one moment."""

STARTED: Final = "process_start_time_seconds"
RESIDENT: Final = "process_resident_memory_bytes"

_START: Final[Series] = (STARTED, ())
_LINE: Final = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?", re.ASCII)
_LABEL: Final = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"', re.ASCII)
_MOST: Final = 20_000
"""Series of a page; a transformer has a few hundred."""


def parse(text: str, names: Iterable[str]) -> Page:
    """The series of these names in Prometheus's text format.

    Raises:
        EvidenceUntrusted: a line is none of that format, a value is no number, or there are too many.
    """
    wanted, page = frozenset(names), dict[Series, float]()
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise EvidenceUntrusted(f"Metrics hold a line that is none: {line[:80]!r}.")
        name, labels, value = match.groups()
        if name in wanted:
            page[name, tuple(sorted(_LABEL.findall(labels or "")))] = _number(value)
        if len(page) > _MOST:
            raise EvidenceUntrusted(f"Metrics hold more than {_MOST:,} series.")
    return page


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise EvidenceUntrusted(f"Metrics hold {text[:40]!r} for a number.")
    return value


class Counters:
    """What the processes of one release have counted since the first look."""

    def __init__(self, since: float = 0.0) -> None:
        """Counting begins now, `since` being the time in seconds since 1970."""
        self._since = since
        self._last: dict[str, Page] | None = None
        self._counted: dict[Series, float] = {}
        self.restarts = 0
        """Processes found to be started anew, since the first look."""

    def look(self, pages: Mapping[str, Page]) -> None:
        """Take in what each process shows now, by its address or name; one that is away loses nothing."""
        first, before = self._last is None, self._last or {}
        for process, page in pages.items():
            if process not in before and (first or page.get(_START, -1.0) < self._since):
                continue
            self._add(before.get(process, {}), page)
        self._last = {**before, **pages}

    def _add(self, before: Page, page: Page) -> None:
        anew = any(value < before.get(series, 0) for series, value in page.items() if series[0] != RESIDENT)
        anew = anew or (_START in before and page.get(_START) != before[_START])
        self.restarts += anew and bool(before)
        since = {} if anew else before
        for series, value in page.items():
            if series[0] not in {STARTED, RESIDENT}:
                self._counted[series] = self._counted.get(series, 0) + value - since.get(series, 0)

    def sum(self, name: str, **labels: str) -> float:
        """The sum of the series of that name with these labels."""
        return sum(
            value
            for (series, own), value in self._counted.items()
            if series == name and labels.items() <= dict(own).items()
        )

    def by_label(self, name: str, label: str, **labels: str) -> dict[str, float]:
        """The same by the value of one label."""
        found = dict[str, float]()
        for (series, own), value in self._counted.items():
            known = dict(own)
            if series == name and labels.items() <= known.items():
                found[known.get(label, "")] = found.get(known.get(label, ""), 0) + value
        return found
