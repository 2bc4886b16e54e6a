"""The table of gates, for people."""

from typing import Final

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from fraud_contract.plain_text import one_line
from fraud_rollout.core.state.record import Record
from fraud_rollout.records.details import Details
from fraud_rollout.report.tables import gate_table

_STYLES: Final = {"PASS": "green", "FAIL": "bold red", "HELD": "yellow", "ERROR": "bold red"}
_WIDTH: Final = 180
"""Columns where the output is no terminal: a log is read, not looked at."""


def gates(record: Record, details: Details) -> RenderableType:
    """Each gate over all payments, and those within categories that did not pass."""
    found = gate_table(record, details)
    table = Table("evidence", "gate", "verdict", "what was found", box=None, pad_edge=False)
    for row in found.rows:
        style = _STYLES.get(row.word, "yellow")
        table.add_row(
            Text(row.where), Text(one_line(row.gate)), Text(row.word, style), Text(one_line(row.said))
        )
    lines: list[RenderableType] = [table]
    lines += [Text(one_line(f"ERROR {error}"), _STYLES["ERROR"]) for error in found.errors]
    lines += [Text(one_line(f"{each.source}: {each.note}"), "dim") for each in record.judged if each.note]
    if found.passed_within:
        lines.append(Text(f"{found.passed_within} more gates within categories passed (the worst ones)"))
    return Group(*lines)


def print_gates(record: Record, details: Details) -> None:
    """Print them."""
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH
    console.print(gates(record, details))
