"""A window as figures and histograms by name: the same for every place they are published in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from fraud_monitor.core.bins import Bins
from fraud_monitor.core.drift import State
from fraud_monitor.core.judgement import SPANS, Judgement
from fraud_monitor.core.window import LABELS, Window

_QUANTILES: Final = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
_SERVER_ERROR: Final = 500
_MEBI: Final = 1 << 20
_CATEGORIES: Final = 100
"""That have figures of their own, four each: W&B wants few keys, and a release may know thousands."""
_RARE: Final = "all others"


@dataclass(frozen=True)
class Shown:
    """A histogram with edges at both ends."""

    counts: tuple[float, ...]
    edges: tuple[float, ...]


def figures(window: Window) -> dict[str, float]:
    """Figures of a window, by names with slashes."""
    return dict(_figures(window))


def histograms(window: Window) -> dict[str, Shown]:
    """Distributions of inputs and scores in the window; those without a value are left out."""
    found = {
        "scores": Shown(window.scores.counts[:-1], (0.0, *window.scores.bounds)),  # none lies above 1
        "inputs/amount": _open_ended(window.amounts),
        "inputs/hour": _each(window.hours),
        "inputs/day_of_week": _each(window.days),
    }
    return {name: shown for name, shown in found.items() if sum(shown.counts)}


def drift_figures(judgement: Judgement) -> dict[str, float]:
    """Indices, outcomes and alerts by span, 1 for what moved; those without a value are left out.

    `limits/NAME/upper` and `lower` are where the figure NAME has moved, for pictures that show both.
    """
    found = dict[str, float | None]()
    for drift in judgement.drifts:
        name = f"drift/{drift.span}/{drift.name}"
        found |= {name: drift.psi, f"limits/{name}/upper": drift.limit}
        found[f"drift_moved/{drift.span}/{drift.name}"] = float(drift.state is State.MOVED)
    for outcome in judgement.outcomes:
        name = f"outcome/{outcome.span}/{outcome.name}"
        found |= {
            name: outcome.value,
            f"limits/{name}/lower": outcome.lower,
            f"limits/{name}/upper": outcome.upper,
        }
        found[f"outcome_moved/{outcome.span}/{outcome.name}"] = float(outcome.state is State.MOVED)
    for span in SPANS:
        found |= {
            f"drift_alert/{span}": float(span in judgement.alerts),
            f"limits/drift_alert/{span}/upper": 0.0,
        }
    return {name: value for name, value in found.items() if value is not None}


def _figures(window: Window) -> Iterator[tuple[str, float]]:
    yield from _traffic(window)
    for route, seconds in window.seconds.items():
        for name, share in _QUANTILES.items():
            value = seconds.quantile(share)
            if value is not None:
                yield f"latency_ms{_slashed(route)}/{name}", 1_000 * value
    yield from _decisions(window)
    yield from _quality(window)
    yield from _processes(window)


def _traffic(window: Window) -> Iterator[tuple[str, float]]:
    by_route = {route: sum(statuses.values()) for route, statuses in window.requests.items()}
    statuses: dict[str, float] = {}
    for each in window.requests.values():
        for status, count in each.items():
            statuses[status] = statuses.get(status, 0) + count
    refused = sum(window.refused.values())
    total = sum(by_route.values()) + refused
    errors = sum(count for status, count in statuses.items() if int(status) >= _SERVER_ERROR)
    yield "requests/total", total
    yield "requests/per_second", total / window.seconds_long
    yield "requests/errors", errors
    yield "requests/refused", refused
    yield "requests/error_share", errors / total if total else 0.0
    for route, count in by_route.items():
        yield f"requests/route{_slashed(route)}", count
    for status, count in statuses.items():
        yield f"requests/status/{status}", count


def _decisions(window: Window) -> Iterator[tuple[str, float]]:
    payments, decided = window.payments, window.decided
    yield "decisions/total", payments
    for label in LABELS:
        yield f"decisions/{label}", decided[label]
    for category, counts in _most_frequent(window.decisions).items():
        yield f"inputs/category/{category}", sum(counts.values())
        for label in LABELS:
            yield f"decisions/by_category/{category}/{label}", counts.get(label, 0.0)
    if payments:
        for label in LABELS:
            yield f"decisions/{label}_share", decided[label] / payments
        yield "scores/mean", window.score_sum / payments
        yield "expected_frauds/per_1000", 1_000 * window.score_sum / payments
    cost = window.cost_per_1000
    if cost is not None:
        yield "expected_cost/per_1000", cost
        for label, amount in window.expected_cost.items():
            yield f"expected_cost/{label}", amount


def _most_frequent(decisions: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Decisions of the categories that have any, the rarest as one where there are many."""
    seen = {category: counts for category, counts in decisions.items() if any(counts.values())}
    if len(seen) <= _CATEGORIES:
        return seen
    ordered = sorted(seen, key=lambda category: -sum(seen[category].values()))
    rare = [seen[category] for category in ordered[_CATEGORIES:]]
    together = {label: sum(each.get(label, 0.0) for each in rare) for label in LABELS}
    return {category: seen[category] for category in ordered[:_CATEGORIES]} | {_RARE: together}


def _quality(window: Window) -> Iterator[tuple[str, float]]:
    payments = window.payments
    yield "inputs/unknown_category", window.unknown
    yield "inputs/unknown_category_share", window.unknown / payments if payments else 0.0
    for field, problems in window.invalid.items():
        for problem, count in problems.items():
            yield f"inputs/{problem}/{field}", count
    for problem in ("missing", "invalid"):
        yield f"inputs/{problem}", sum(each.get(problem, 0.0) for each in window.invalid.values())
    yield "decisions/degraded", window.degraded


def _processes(window: Window) -> Iterator[tuple[str, float]]:
    span = window.span
    yield "processes/answering", span.processes
    yield "processes/away", span.away
    yield "processes/restarts", span.restarts
    yield "processes/cpu_cores", window.cpu_seconds / window.seconds_long
    for component, size in span.memory.items():
        yield f"processes/memory_mib/{component}", size / _MEBI


def _slashed(route: str) -> str:
    """A route as a part of a name; `/predict/` and `/predict` stay apart as they do in the metrics."""
    return route if route.startswith("/") else f"/{route}"


def _open_ended(bins: Bins) -> Shown:
    """With edges where there is none: 0, and twice the last bound."""
    if not bins.counts:
        return Shown((), ())
    return Shown(bins.counts, (0.0, *bins.bounds, 2 * bins.bounds[-1]))


def _each(counts: tuple[float, ...]) -> Shown:
    return Shown(counts, tuple(float(edge) for edge in range(len(counts) + 1)))
