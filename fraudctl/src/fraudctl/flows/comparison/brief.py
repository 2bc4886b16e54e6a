"""The few lines of a comparison that somebody needs who is about to replace one release by another."""

from collections.abc import Iterator, Sequence
from typing import Final

from fraudctl.flows.comparison.row import Row

_WIDTH: Final = 32
"""Of the column with the names of figures."""
_FIGURES: Final = 3
"""Rows of an evaluation that are always shown: precision, cost, calibration."""
_CATEGORIES: Final = 3
"""Categories in which certainly less fraud is caught that are named."""
_WORSE: Final = "certainly"
"""Begins the note of a row that is worse whatever the chance."""
_IN_WORDS: Final = {"policy": "another policy decides", "features": "features are computed otherwise"}


def brief(rows: Sequence[Row]) -> Iterator[str]:
    """Figures with the intervals of their change, flipped decisions, and what is worse or quick."""
    evaluation = [row for row in rows if row.part == "evaluation"]
    figures = [row for row in evaluation if row.interval is not None]
    yield from map(_figure, figures[:_FIGURES])
    if not figures:
        yield from map(_figure, (row for row in rows if row.part == "metrics" and row.change is not None))
    yield from (_flips(row) for row in rows if row.what == "decisions flipped")
    yield from (f"warning: {each}" for each in _warnings(rows, figures[_FIGURES:]))


def _figure(row: Row) -> str:
    change = f"{row.change:+.4g}" if row.change is not None else ""
    interval = f", 95 % interval {row.interval[0]:+.4g} to {row.interval[1]:+.4g}" if row.interval else ""
    note = f"  {row.note}" if row.note else ""
    return (
        f"{row.what.ljust(_WIDTH)}{_number(row.first)} -> {_number(row.second)}  ({change}{interval}){note}"
    )


def _flips(row: Row) -> str:
    return f"{row.what.ljust(_WIDTH)}{row.change:g} {row.note}"


def _warnings(rows: Sequence[Row], categories: Sequence[Row]) -> Iterator[str]:
    yield from (row.note for row in rows if row.what == "trained" and row.note)
    yield from (f"no interval: {row.note}" for row in rows if row.what == "not compared")
    lower = [row.what for row in categories if row.note.startswith(_WORSE)]
    if lower:
        more = f" and {len(lower) - _CATEGORIES} more" if len(lower) > _CATEGORIES else ""
        yield f"certainly fewer {'; '.join(lower[:_CATEGORIES])}{more}"
    for part, words in _IN_WORDS.items():
        changed = [row.what for row in rows if row.part == part and row.what != "the same"]
        if changed:
            yield f"{words}: {', '.join(changed)}"


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else str(value)
