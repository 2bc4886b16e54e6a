"""Results on standard output, as a table for people or JSON for programs; talk on standard error."""

import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

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
    width = max(map(len, row), default=0)
    for name, value in row.items():
        sys.stdout.write(f"{name.ljust(width)}  {_text(value)}\n")


def show_all(rows: Sequence[Row], form: Form) -> None:
    """Results alike: a table under its headings, or a JSON array."""
    if form is Form.JSON:
        _json(rows)
        return
    headings = list(rows[0]) if rows else []
    lines = [headings, *([_text(row[name]) for name in headings] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines if headings else ():
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def _json(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)
