"""One release under watch: its counters, window by window, and the rows made of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from fraud_contract.metrics.counters import Counters
from fraud_contract.metrics.page import RESIDENT, Page
from fraud_monitor.core import names
from fraud_monitor.core.runs import STEP, run_id, step_of, week_of
from fraud_monitor.core.summary import figures, histograms
from fraud_monitor.core.window import Span, Window
from fraud_monitor.scraping import Scraper
from fraud_monitor.spool import Spool, Waiting
from fraud_monitor.targets import Target
from fraud_registry.publishing.monitoring_rows import Bins, MonitoringRow, MonitoringRun

_STATE: Final = "counters.json"
_ROWS: Final = "rows"


class _Sample(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


class _State(BaseModel):
    """What must outlive the process, so that nothing is counted twice and little is lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    begins: float
    processes: dict[str, tuple[_Sample, ...]]


@dataclass(frozen=True)
class Terms:
    """What all releases of a monitor have in common."""

    installation: str
    interval: float
    capacity: int
    folder: Path


class Watch:
    """Looks at one release; `close` makes a window of all looks since the last."""

    def __init__(self, target: Target, terms: Terms, now: float) -> None:
        self.target = target
        self._terms = terms
        self._folder = terms.folder / target.release
        self.spool = Spool(self._folder / _ROWS, terms.capacity)
        state = _read(self._folder / _STATE)
        self._begins = now if state is None else state.begins
        last = None if state is None else {name: _page(each) for name, each in state.processes.items()}
        self._counters = Counters(self._begins, last)
        self._restarts = 0
        self._memory: dict[str, float] = {}
        self._processes = self._away = 0
        self._seen = False
        self.window: Window | None = None
        """The last one."""

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
        """Whether the window is long enough."""
        return now - self._begins >= self._terms.interval

    def close(self, now: float) -> Window | None:
        """The window that ends now, its row being put into the spool; None where nothing answered in it."""
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
        window = Window.of(self._counters.take(), span)
        self._begins, self._restarts, self._memory, self._seen = now, self._counters.restarts, {}, False
        self.window = window
        self.spool.put(Waiting(run=self._run(now), row=_row(window)))
        self._keep()
        return window

    def _keep(self) -> None:
        """Write what must outlive the process; where the disk refuses, it does not.

        Only where a window begins: what was counted since is then found in the difference to these pages.
        """
        state = _State(
            begins=self._begins,
            processes={
                process: tuple(
                    _Sample(name=name, labels=labels, value=value) for (name, labels), value in page.items()
                )
                for process, page in self._counters.last.items()
            },
        )
        _write(self._folder / _STATE, state)

    def _run(self, now: float) -> MonitoringRun:
        installation, release = self._terms.installation, self.target.release
        return MonitoringRun(
            id=run_id(installation, release, now),
            name=f"{release} in production, week of {week_of(now):%Y-%m-%d}",
            group=installation,
            config={
                "release": release,
                "installation": installation,
                "model": self.target.model,
                "preprocessor": self.target.preprocessor,
                "interval_seconds": self._terms.interval,
            },
        )


def _row(window: Window) -> MonitoringRow:
    return MonitoringRow(
        step=step_of(window.span.ends),
        at=window.span.ends,
        figures=figures(window),
        histograms={
            name: Bins(counts=shown.counts, edges=shown.edges) for name, shown in histograms(window).items()
        },
    )


def _page(samples: tuple[_Sample, ...]) -> Page:
    return {(each.name, each.labels): each.value for each in samples}


def _read(path: Path) -> _State | None:
    """What an earlier process kept; None where nothing can be used: counting then begins anew."""
    try:
        return _State.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None


def _write(path: Path, state: BaseModel) -> None:
    scratch = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.write_text(state.model_dump_json())
        scratch.replace(path)
    except OSError:
        return
