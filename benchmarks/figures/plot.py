"""Throughput and latency as one picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.figures.goals import Summaries
from benchmarks.figures.measurements import Spread
from benchmarks.plan import CONNECTIONS
from benchmarks.services.variants import VARIANTS

_COLOURS: Final = ("#9ecae1", "#4292c6", "#08519c")
"""Of one hue, so that more connections are darker in print too."""
_BAR: Final = 0.8 / len(CONNECTIONS)


def draw(summaries: Summaries, file: Path) -> None:
    """Write the picture: a bar per load with the spread of the rounds."""
    with mpl.rc_context({"font.size": 9}):
        figure = Figure(figsize=(9, 6.5), layout="constrained")
        rate, latency = figure.subplots(2, 1, sharex=True)
        for number, connections in enumerate(CONNECTIONS):
            points = [summaries[each.name].points[connections] for each in VARIANTS]
            _bars(rate, number, connections, [each.rate for each in points])
            _bars(latency, number, connections, [each.p50_ms for each in points])
        _label(rate, "requests/s on one core (log)")
        _label(latency, "p50, ms (log)")
        latency.set_xticks(range(len(VARIANTS)), [each.name for each in VARIANTS])
        rate.legend(frameon=False)
        figure.savefig(file, dpi=110, metadata={"Software": None})


def _bars(axes: Any, number: int, connections: int, spreads: Sequence[Spread]) -> None:  # noqa: ANN401 - matplotlib's types are not checked here
    middle = (len(CONNECTIONS) - 1) / 2
    heights = [each.median for each in spreads]
    axes.bar(
        [place + (number - middle) * _BAR for place in range(len(spreads))],
        heights,
        width=_BAR,
        color=_COLOURS[number],
        yerr=(
            [each.median - each.low for each in spreads],
            [each.high - each.median for each in spreads],
        ),
        error_kw={"linewidth": 0.8},
        label=f"{connections} connection{'s' if connections > 1 else ''}",
    )


def _label(axes: Any, what: str) -> None:  # noqa: ANN401 - same
    axes.set_yscale("log")
    axes.set_ylabel(what)
    axes.grid(axis="y", alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
