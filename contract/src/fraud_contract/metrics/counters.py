"""Counters of processes that come and go: how much was counted since one began to look.

A counter that went back belongs to a process that was started anew (or answers in another one's place), and
what it shows was counted since then, as Prometheus reads it. Of a process that is first seen later, all
belongs here if it was started since; one that was only away begins to count with its first look.
"""

from collections.abc import Mapping
from typing import Final

from fraud_contract.metrics.page import GAUGES, RESIDENT, STARTED, Page, Series

_START: Final[Series] = (STARTED, ())
_PROCESSES: Final = 1_000
"""Processes that are remembered: those seen last."""


class Increase:
    """How much each series grew."""

    def __init__(self, series: Mapping[Series, float] | None = None) -> None:
        self._counted = dict(series or {})

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

    def by_labels(self, name: str, outer: str, inner: str) -> dict[str, dict[str, float]]:
        """The same by the values of two labels, in one pass over all series."""
        found = dict[str, dict[str, float]]()
        for (series, own), value in self._counted.items():
            if series == name:
                known = dict(own)
                counts = found.setdefault(known.get(outer, ""), {})
                counts[known.get(inner, "")] = counts.get(known.get(inner, ""), 0) + value
        return found


class Counters(Increase):
    """What the processes of one release have counted since the first look, or since `take`."""

    def __init__(self, since: float = 0.0, last: Mapping[str, Page] | None = None) -> None:
        """Counting begins at `since`, seconds since 1970, or goes on from the pages `last`."""
        super().__init__()
        self._since = since
        self._last: dict[str, Page] | None = None if last is None else dict(last)
        self.restarts = 0
        """Processes found to be started anew, since the first look."""

    @property
    def last(self) -> Mapping[str, Page]:
        """The last page of each process."""
        return self._last or {}

    def look(self, pages: Mapping[str, Page]) -> None:
        """Take in what each process shows now, by its address or name; one that is away loses nothing."""
        first, before = self._last is None, self._last or {}
        for process, page in pages.items():
            if process not in before and (first or page.get(_START, -1.0) < self._since):
                continue
            self._add(before.get(process, {}), page)
        away = {process: page for process, page in before.items() if process not in pages}
        self._last = dict([*away.items(), *pages.items()][-_PROCESSES:])

    def take(self) -> Increase:
        """What was counted since the first look or the last call; counting begins anew."""
        taken = Increase(self._counted)
        self._counted = {}
        return taken

    def _add(self, before: Page, page: Page) -> None:
        anew = any(value < before.get(series, 0) for series, value in page.items() if series[0] != RESIDENT)
        anew = anew or (_START in before and page.get(_START) != before[_START])
        self.restarts += anew and bool(before)
        since = {} if anew else before
        for series, value in page.items():
            if series[0] not in GAUGES:
                self._counted[series] = self._counted.get(series, 0) + value - since.get(series, 0)
