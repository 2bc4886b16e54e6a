"""The pictures of a report."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from math import inf
from typing import Final

from fraud_rollout.core.durations import spent_on
from fraud_rollout.core.state.record import Look, Record, Span
from fraud_rollout.judge.statistic import interval
from fraud_rollout.judge.verdict import Finding
from fraud_rollout.records.details import Curves, Details, Pairs
from fraud_rollout.report.charts import Axis, Plot, headroom
from fraud_rollout.report.tables import latest, place

_PERCENT: Final = 100.0
_LEAST_SCORE: Final = 1e-4
"""Below, nothing is decided; lower scores are drawn at the edge."""
_SCORE: Final = "{:.4g}"
_AMOUNTS: Final = (0.0, 10.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, inf)
"""Bounds of the bins of amounts, in the card's currency."""
_WIDE: Final = 700
_PICTURED: Final = frozenset({"decisions", "scores", "errors", "slow"})
"""Gates of two limits, whose way to a verdict is worth a picture."""


def evidence_paths(record: Record, details: Details) -> list[Plot]:
    """How rates narrowed against their limits, where there was more than one look."""
    alpha = 1 - record.strategy.confidence
    return [
        _evidence_path(place(judged, offline=details.offline), finding, judged.paths[finding.gate], alpha)
        for judged in latest(record)
        for finding in judged.findings
        if finding.gate in _PICTURED and len(judged.paths.get(finding.gate, ())) > 1
    ]


def _evidence_path(where: str, finding: Finding, looks: Sequence[Look], alpha: float) -> Plot:
    seen = [(n, k / max(n, 1), *interval(k, n, alpha)) for _, k, n in looks]
    limits = [each for each in (finding.tolerable, finding.harmful) if each is not None]
    last = seen[-1][0]
    ceiling = min(1.0, headroom([*(rate for _, rate, *_ in seen), *limits]) * 1.6)
    plot = Plot(
        f"{finding.gate} ({where}): {finding.verdict}",
        Axis("observations", 0, last, form="{:,.0f}"),
        Axis("rate, %", 0, ceiling, factor=_PERCENT),
    )
    plot.band("interval", [(n, low) for n, _, low, _ in seen], [(n, high) for n, _, _, high in seen])
    plot.line("candidate", [(n, rate) for n, rate, *_ in seen])
    plot.scatter("candidate", [(n, rate) for n, rate, *_ in seen])
    plot.legend = [("candidate", "rate"), ("interval", "interval")]
    for name in ("tolerable", "harmful"):
        value = getattr(finding, name)
        if value is not None:
            plot.level(name, value)
            plot.legend.append((name, name))
    return plot


def timeline(record: Record) -> Plot | None:
    """Weight and waiting over time; None where it did not last."""
    spans = record.spans
    if not spans:
        return None
    begun, ended = spans[0].begun, max(_end(span) for span in spans)
    minutes = max((ended - begun).total_seconds() / 60, 1e-3)
    plot = Plot(
        "Share of the traffic, and what was waited for",
        Axis("minutes since the beginning", 0, minutes),
        Axis("weight, %", 0, 100),
        width=_WIDE,
        height=180,
        wide=True,
    )
    for span in spans:
        left, right = ((moment - begun).total_seconds() / 60 for moment in (span.begun, _end(span)))
        plot.bar(spent_on(span), left, max(right, left), 100, f"{span.phase}: {span.reason}")
        plot.line("candidate", [(left, span.weight), (right, span.weight)])
    plot.legend = [
        ("candidate", "weight of the candidate"),
        ("working", "working"),
        ("evidence", "waiting for evidence"),
        ("people", "waiting for people"),
    ]
    return plot


def _end(span: Span) -> datetime:
    return span.ended or span.begun


def score_scatter(pairs: Pairs) -> Plot | None:
    """Score against score, payment by payment, on logarithmic axes."""
    if not pairs.amounts:
        return None
    plot = Plot(
        "Scores of the same payments",
        Axis("stable", _LEAST_SCORE, 1, logarithmic=True, form=_SCORE),
        Axis("candidate", _LEAST_SCORE, 1, logarithmic=True, form=_SCORE),
        height=300,
    )
    rows = list(
        zip(
            pairs.stable_scores,
            pairs.candidate_scores,
            pairs.stable_decisions,
            pairs.candidate_decisions,
            strict=True,
        )
    )
    plot.line("guide", [(_LEAST_SCORE, _LEAST_SCORE), (1, 1)])
    plot.scatter("same", [(own, other) for own, other, before, after in rows if before == after])
    plot.scatter("differs", [(own, other) for own, other, before, after in rows if before != after])
    plot.legend = [("same", "same decision"), ("differs", "decision differs")]
    return plot


def flips_by_amount(pairs: Pairs) -> Plot | None:
    """How many of the shown payments are decided more severely, and more mildly, by amount."""
    flips = [
        (amount, after > before)
        for amount, before, after in zip(
            pairs.amounts, pairs.stable_decisions, pairs.candidate_decisions, strict=True
        )
        if before != after
    ]
    if not flips:
        return None
    bins = list(pairwise(_AMOUNTS))
    counts = {
        kind: [sum(low <= amount < high for amount, up in flips if up is kind) for low, high in bins]
        for kind in (True, False)
    }
    plot = Plot(
        "Payments decided differently, by amount",
        Axis("amount", 0, len(bins), marks=(*(f"{each:,.0f}" for each in _AMOUNTS[:-1]), "")),
        Axis("payments", 0, headroom(map(float, counts[True] + counts[False]), 1)),
        height=300,
    )
    for left, (low, high) in enumerate(bins):
        label = f"{low:,.0f} to {high:,.0f}"
        plot.bar("severer", left + 0.1, left + 0.5, counts[True][left], label)
        plot.bar("milder", left + 0.5, left + 0.9, counts[False][left], label)
    plot.legend = [("severer", "more severe"), ("milder", "milder")]
    return plot


def evaluation_curves(details: Details) -> list[Plot]:
    """Precision against recall, and calibration, of both releases on labelled payments."""
    if not details.curves:
        return []
    recall = Plot("Precision against recall", Axis("recall", 0, 1), Axis("precision", 0, 1))
    highest = headroom(_values(details.curves.values()), 0.05)
    calibration = Plot(
        "Calibration of the highest fifth of scores",
        Axis("mean score", 0, highest),
        Axis("frauds", 0, highest),
    )
    calibration.line("guide", [(0, 0), (highest, highest)])
    for release, curves in details.curves.items():
        for plot, curve in ((recall, curves.precision_recall), (calibration, curves.calibration)):
            plot.line(release, zip(curve.x, curve.y, strict=True))
            plot.legend.append((release, release))
    return [recall, calibration]


def _values(curves: Iterable[Curves]) -> Iterator[float]:
    for each in curves:
        yield from each.calibration.x
        yield from each.calibration.y
