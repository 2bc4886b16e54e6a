"""Measurements as Markdown tables."""

from collections.abc import Iterable, Sequence

from benchmarks.figures.goals import Outcome, Summaries
from benchmarks.figures.measurements import Spread, Summary
from benchmarks.plan import CONNECTIONS
from benchmarks.services.variants import VARIANTS, Variant


def throughput(summaries: Summaries) -> str:
    """Requests per second: median [least-greatest]."""
    connections = [_connections(each) for each in CONNECTIONS]
    heads = ["requests/s", *connections, "64, a gateway's headers", "10,000-row batch, rows/s"]
    return _table(heads, ([each.title, *_rates(summaries[each.name])] for each in VARIANTS))


def latency(summaries: Summaries) -> str:
    """p50 and p99 in milliseconds, medians of the rounds."""

    def cells(variant: Variant) -> list[str]:
        points = summaries[variant.name].points
        return [
            f"{_short(points[each].p50_ms.median)} / {_short(points[each].p99_ms.median)}"
            for each in CONNECTIONS
        ]

    heads = ["p50 / p99, ms", *(_connections(each) for each in CONNECTIONS)]
    return _table(heads, ([each.title, *cells(each)] for each in VARIANTS))


def costs(summaries: Summaries) -> str:
    """CPU time per request, memory and start, medians of the rounds."""

    def cells(summary: Summary) -> list[str]:
        points = [*(summary.points[each] for each in CONNECTIONS), summary.gateway]
        cpu = " / ".join(f"{each.cpu_us.median:,.0f}" for each in points)
        starts = " + ".join(f"{each.median:.2f}" for each in summary.starts)
        return [cpu, f"{summary.memory_mib.median:,.0f}", starts]

    heads = [
        "",
        f"CPU µs/request at {' / '.join(map(str, CONNECTIONS))} / 64 with a gateway's headers",
        "memory, MiB PSS",
        "cold start, s",
    ]
    return _table(heads, ([each.title, *cells(summaries[each.name])] for each in VARIANTS))


def goals(outcomes: Sequence[Outcome]) -> str:
    """Each goal with its figure and whether it is reached."""
    titles = {variant.name: variant.title for variant in VARIANTS}
    heads = ["goal", "of", "bound", "aim", "measured", "reached"]
    return _table(heads, ([*_goal(each, titles[each.goal.variant])] for each in outcomes))


def _goal(outcome: Outcome, title: str) -> Iterable[str]:
    goal = outcome.goal
    yield goal.what
    yield title
    yield f"{goal.better.value} {goal.bound:g}{goal.unit}"
    yield "" if goal.aim is None else f"{goal.aim:g}{goal.unit}"
    yield f"{_short(outcome.value)}{goal.unit}"
    yield "yes, and the aim" if outcome.aim_reached else "yes" if outcome.reached else "**no**"


def _rates(summary: Summary) -> list[str]:
    rates = [summary.points[each].rate for each in CONNECTIONS]
    spreads = [*rates, summary.gateway.rate, summary.batch_rate]
    return [_spread(each) if each else "" for each in spreads]


def _spread(spread: Spread) -> str:
    return f"{_short(spread.median)} [{_short(spread.low)}-{_short(spread.high)}]"


def _short(value: float) -> str:
    """Three digits of it at least."""
    if value >= 100:  # noqa: PLR2004 - the third digit is before the point
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"  # noqa: PLR2004 - same


def _connections(count: int) -> str:
    return "1 connection" if count == 1 else f"{count} connections"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---", *("---:" for _ in heads[1:])], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
