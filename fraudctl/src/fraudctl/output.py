"""Results on standard output, as a table for people or JSON for programs; talk on standard error."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from fraud_contract.plain_text import one_line

_WIDEST: Final = 10_000
"""Columns of what is no terminal."""

_LONGEST: Final = 10_000
"""Characters of a value in a table: others may have written it, by the megabyte."""

type Row = Mapping[str, Any]


class Form(StrEnum):
    """How a result is written."""

    TABLE = "table"
    JSON = "json"


Output = Annotated[Form, typer.Option("--format", "-o", help="Form of the result.")]


def show(row: Row, form: Form) -> None:
    """One result: a line per field, or a JSON object."""
    if form is Form.JSON:
        _json(row)
        return
    table = _table(show_header=False)
    for name, value in row.items():
        table.add_row(name, _text(value))
    _print(table)


def show_all(rows: Sequence[Row], form: Form) -> None:
    """Results alike: a table under its headings, or a JSON array."""
    if form is Form.JSON:
        _json(rows)
        return
    if not rows:
        return
    table = _table(show_header=True)
    for name in rows[0]:
        table.add_column(name)
    for row in rows:
        table.add_row(*map(_text, row.values()))
    _print(table)


def _table(*, show_header: bool) -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=show_header, header_style="bold")


def _print(table: Table) -> None:
    """To a terminal within its width, words folded; elsewhere (a file, `grep`) each row on one line."""
    console = Console(markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        console = Console(markup=False, emoji=False, highlight=False, width=_WIDEST)
    with console.capture() as written:
        console.print(table)
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in written.get().splitlines())


def _json(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2, default=_plain) + "\n")


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S %Z}"
    text = json.dumps(value) if isinstance(value, dict | list) else one_line(str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"
