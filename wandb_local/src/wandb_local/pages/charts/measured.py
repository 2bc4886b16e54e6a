"""What a run's history holds: figures and histograms by key, each with its step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from wandb_local.pages.charts.heat_map import HeatMap, Histogram, heat_map, histogram_of
from wandb_local.pages.charts.lines import Chart, Course, chart
from wandb_local.pages.values import flat, is_figure
from wandb_local.store import Store
from wandb_local.store.records import Run
from wandb_local.store.runs.streams import Stream

_POINTS = 240
"""Rows of the history that pictures are drawn from, evenly spaced."""
_CHARTS = 240
_HEAT_MAPS = 12
_FEW = 12
"""Curves of a section that are shown unfolded."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run's history."""

    courses: Mapping[str, Course]
    histograms: Mapping[str, Sequence[tuple[float, Histogram]]]

    def heat_maps(self) -> list[HeatMap]:
        """A picture of each histogram."""
        keys = sorted(self.histograms)[:_HEAT_MAPS]
        return [heat_map(key, self.histograms[key]) for key in keys]


def measured(store: Store, run: Run) -> Measured:
    """Every numeric metric and every histogram."""
    courses = dict[str, list[tuple[float, float]]]()
    histograms = dict[str, list[tuple[float, Histogram]]]()
    for position, row in enumerate(store.streams.sample(run, Stream.HISTORY, _POINTS)):
        step = row.get("_step")
        at = float(step if is_figure(step) else position)
        for key, value in flat(row).items():
            if is_figure(value):
                courses.setdefault(key, []).append((at, float(value)))
            elif (histogram := histogram_of(value)) is not None:
                store.database.budget.spend(rows=len(histogram.counts))
                histograms.setdefault(key, []).append((at, histogram))
    return Measured(dict(courses), dict(histograms))


@dataclass(frozen=True, slots=True)
class Section:
    """Curves whose keys have the same part before the first slash."""

    name: str
    charts: Sequence[Chart]

    @property
    def few(self) -> bool:
        """Whether all are looked at at once."""
        return len(self.charts) <= _FEW


def sections(courses: Mapping[str, Mapping[str, Course]]) -> list[Section]:
    """A chart of each metric, with a line of each run that has it."""
    keys = sorted({key for of_run in courses.values() for key in of_run}, key=_placed)[:_CHARTS]
    charts = [(key, chart(key, {name: of[key] for name, of in courses.items() if key in of})) for key in keys]
    drawn = [(key, found) for key, found in charts if found is not None]
    return [
        Section(name, [found for _, found in group])
        for name, group in groupby(drawn, lambda each: _section(each[0]))
    ]


def _placed(key: str) -> tuple[str, str]:
    return _section(key), key


def _section(key: str) -> str:
    return key.partition("/")[0] if "/" in key else ""
