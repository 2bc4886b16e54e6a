"""One release under watch: its counters window by window, the last week, and the rows made of them."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fraud_contract.artifacts.training_record import Table
from fraud_contract.metrics.counters import Counters
from fraud_contract.metrics.page import RESIDENT, Page
from fraud_monitor.core import names
from fraud_monitor.core.judgement import Judgement, Limits, References, judge
from fraud_monitor.core.profile import History
from fraud_monitor.core.runs import STEP, run_id, step_of, week_of
from fraud_monitor.core.summary import drift_figures, figures, histograms
from fraud_monitor.core.window import Span, Window
from fraud_monitor.delivery.spool import Spool
from fraud_monitor.delivery.waiting import Waiting
from fraud_monitor.http.status import ReleaseStatus
from fraud_monitor.sources.scraping import Scraper
from fraud_monitor.sources.targets import Target
from fraud_monitor.state import WatchState, write
from fraud_registry.records.monitoring_rows import Bar, Bins, MonitoringRow, MonitoringRun

_LOG: Final = logging.getLogger("fraud_monitor")
_STATE: Final = "counters.json"
_ROWS: Final = "rows"
_NONE: Final = References(None, None)


@dataclass(frozen=True)
class Terms:
    """What all releases of a monitor have in common."""

    installation: str
    interval: float
    capacity: int
    folder: Path
    limits: Limits


class Watch:
    """Looks at one release; `close` makes a window of all looks since the last."""

    def __init__(self, target: Target, terms: Terms, now: float) -> None:
        self.target = target
        self._terms = terms
        self._folder = terms.folder / target.release
        self.spool = Spool(self._folder / _ROWS, terms.capacity)
        state = WatchState.read(self._folder / _STATE)
        if state is not None and state.row is not None:
            self.spool.put(state.row)  # which an earlier process may have died before doing
        self._begins = now if state is None else state.begins
        self._history = History() if state is None else state.history
        self._counters = Counters(self._begins, None if state is None else state.pages)
        self._restarts = 0
        self._memory: dict[str, float] = {}
        self._processes = self._away = 0
        self._seen = False
        self.references: References | None = None
        """None until the artifacts are read."""
        self.importance: dict[str, float] = {}
        self.problem = ""
        self._window: Window | None = None
        self._judgement = Judgement()
        self._published: dict[str, float] = {}
        """The importance that a row has had already."""

    def look(self, scraper: Scraper) -> None:
        """Read the counters of all processes."""
        places = {"transformer": self.target.admin, "predictor": self.target.predictor}
        pages, self._away = dict[str, Page](), 0
        for component, address in places.items():
            if address is None:
                continue
            scraped = scraper.scrape(address, names.READ)
            self._away += scraped.away
            pages |= scraped.pages
            sizes = [page[RESIDENT, ()] for page in scraped.pages.values() if (RESIDENT, ()) in page]
            if sizes:
                self._memory[component] = max(self._memory.get(component, 0.0), *sizes)
        self._processes = len(pages)
        self._seen = self._seen or bool(pages)
        first = not self._counters.last
        self._counters.look(pages)
        if first and pages:
            self._keep()

    def due(self, now: float) -> bool:
        """Whether the window is long enough, or begins in the future since the clock was set back."""
        return not 0 <= now - self._begins < self._terms.interval

    def close(self, now: float) -> Window | None:
        """The window that ends now, its row being put into the spool; None where nothing answered in it."""
        self._begins = min(self._begins, now)  # by the clock as it is now
        if now - self._begins < STEP:
            return None  # too short for a row: what was counted belongs to the next window
        if not self._seen:
            self._begins = now
            return None
        span = Span(
            begins=self._begins,
            ends=now,
            processes=self._processes,
            away=self._away,
            restarts=self._counters.restarts - self._restarts,
            memory=self._memory,
        )
        increase = self._counters.take()
        self._begins, self._restarts, self._memory, self._seen = now, self._counters.restarts, {}, False
        try:
            return self._take(Window.of(increase, span))
        except ValueError as error:  # labels that are none of ours, in a page that has the right form
            _LOG.warning("A window of %s is left out, its metrics are odd: %s", self.target.release, error)
            self._keep()
            return None

    def _take(self, window: Window) -> Window:
        history = self._history.adding(window)
        judgement = judge(history, self.references or _NONE, self._terms.limits)
        row = Waiting(run=self._run(window.span.ends), row=self._row(window, judgement))
        self._history, self._judgement, self._window = history, judgement, window
        self._keep(row)
        self.spool.put(row)
        return window

    def status(self, run_url: str) -> ReleaseStatus:
        """What is known of the release now."""
        window = self._window
        return ReleaseStatus(
            release=self.target.release,
            begins=None if window is None else window.span.begins,
            ends=None if window is None else window.span.ends,
            figures={} if window is None else figures(window),
            judgement=self._judgement,
            alerts=self._judgement.alerts,
            importance=self.importance,
            waiting=len(self.spool),
            dropped=self.spool.dropped,
            run_url=run_url,
            problem=self.problem,
        )

    def _keep(self, row: Waiting | None = None) -> None:
        """Only where a window begins: what is counted later is the difference to these pages.

        The row of the window before goes with it, so that no death in between counts it twice, or loses it.
        """
        state = WatchState.of(self._begins, self._counters.last, self._history, row)
        write(self._folder / _STATE, state)

    def _run(self, now: float) -> MonitoringRun:
        installation, release = self._terms.installation, self.target.release
        return MonitoringRun(
            id=run_id(installation, release, now),
            name=f"{release} in production, week of {week_of(now):%Y-%m-%d}",
            group=installation,
            config={
                "release": release,
                "installation": installation,
                "interval_seconds": self._terms.interval,
            },
        )

    def _row(self, window: Window, judgement: Judgement) -> MonitoringRow:
        return MonitoringRow(
            step=step_of(window.span.ends),
            at=window.span.ends,
            figures=figures(window) | drift_figures(judgement),
            histograms={
                name: Bins(counts=shown.counts, edges=shown.edges)
                for name, shown in histograms(window).items()
            },
            bars=self._bars(),
        )

    def _bars(self) -> dict[str, Bar]:
        """The importance, where it is new: a table costs the registry more than all the rest of a row."""
        if self.importance == self._published:
            return {}
        self._published = self.importance
        return _bars(self.importance)


def _bars(importance: dict[str, float]) -> dict[str, Bar]:
    if not importance:
        return {}
    table = Table(columns=("fact", "mean_contribution"), rows=tuple(importance.items()))
    title = "Mean absolute contribution to the log-odds of fraud"
    return {"importance": Bar(table=table, label="fact", value="mean_contribution", title=title)}
