"""A run's figures, for people and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fraud_simulator.figures import Summary, Tally
    from fraud_simulator.style import Style

_LABEL: Final = 24
"""Width of the first column."""


def as_json(summary: Summary, service: str, release: str | None) -> str:
    """Every figure, as one indented JSON object."""
    figures = asdict(summary)
    figures.update(service=service, release=release, failed=summary.failed, rate=summary.rate)
    return json.dumps(figures, indent=2, sort_keys=True)


def as_text(summary: Summary, style: Style) -> str:
    """The report, without the last line's end."""
    blocks = [_sent(summary, style), _latency(summary)]
    if summary.payments:
        blocks += [_decisions(summary, style), _confusion(summary, style), _money(summary, style)]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _sent(summary: Summary, style: Style) -> list[str]:
    sent = f"{summary.requests:,} of {summary.planned:,} requests sent in {summary.seconds:.1f} s"
    return [
        f"{sent}, {summary.rate:,.0f} a second; {summary.failed:,} failed",
        *(style.bad(f"  {group.count:,} x {group.kind}: {group.example}") for group in summary.failures),
        f"  {summary.payments:,} payments answered, {summary.warned:,} of them with a warning",
    ]


def _latency(summary: Summary) -> list[str]:
    if summary.latency is None:
        return []
    figures = (summary.latency.p50, summary.latency.p90, summary.latency.p99, summary.latency.max)
    shown = "   ".join(f"{name} {value:.1f} ms" for name, value in zip(("p50", "p90", "p99", "max"), figures))
    return [f"Latency   {shown}"]


def _decisions(summary: Summary, style: Style) -> list[str]:
    rows = [("Decision", "payments", "share", "genuine", "fraud", "fraud amount")]
    for row in summary.decisions:
        count = row.genuine.count + row.fraud.count
        rows.append(
            (
                f"  {row.decision}",
                f"{count:,}",
                _share(count, summary.payments),
                f"{row.genuine.count:,}",
                f"{row.fraud.count:,}",
                f"{row.fraud.amount:,.2f}",
            )
        )
    return _table(rows, style)


def _confusion(summary: Summary, style: Style) -> list[str]:
    cells = summary.confusion
    return _table(
        [
            ("Truth \\ prediction", "fraudulent", "non-fraudulent"),
            ("  fraud", f"{cells.true_positive:,}", f"{cells.false_negative:,}"),
            ("  genuine", f"{cells.false_positive:,}", f"{cells.true_negative:,}"),
        ],
        style,
    )


def _money(summary: Summary, style: Style) -> list[str]:
    money = summary.money
    lines = (
        ("  fraud blocked", money.fraud_blocked, money.fraud),
        ("  fraud sent to review", money.fraud_in_review, money.fraud),
        ("  fraud missed", money.fraud_missed, money.fraud),
        ("  good customers stopped", money.customers_stopped, None),
        ("  reviews to do", money.reviews, None),
    )
    return _table(
        [("Money", "payments", "amount", "of all fraud"), *(_money_row(*line) for line in lines)], style
    )


def _money_row(label: str, part: Tally, whole: Tally | None) -> tuple[str, ...]:
    share = "" if whole is None else _share(part.amount, whole.amount)
    return (label, f"{part.count:,}", f"{part.amount:,.2f}", share)


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _table(rows: Sequence[tuple[str, ...]], style: Style) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows]
    return [style.bold(lines[0]), *lines[1:]]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    label = row[0].ljust(max(widths[0], _LABEL))
    cells = "".join(cell.rjust(width + 3) for cell, width in zip(row[1:], widths[1:]))
    return f"{label}{cells}".rstrip()
