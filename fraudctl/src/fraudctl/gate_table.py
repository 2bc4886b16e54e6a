"""The table of gates on standard output."""

from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fraud_rollout.core.record import Record
from fraud_rollout.records.details import Details
from fraud_rollout.report.tables import gate_table

_STYLES: Final = {"PASS": "green", "FAIL": "bold red", "HELD": "yellow", "ERROR": "bold red"}
_WIDTH: Final = 180
"""Columns where the output is no terminal: a log is read, not looked at."""


def print_gates(record: Record, details: Details) -> None:
    """Each gate over all payments, and those within categories that did not pass."""
    gates = gate_table(record, details)
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH
    table = Table("evidence", "gate", "verdict", "what was found", box=None, pad_edge=False)
    for row in gates.rows:
        style = _STYLES.get(row.word, "yellow")
        table.add_row(Text(row.where), Text(row.gate), Text(row.word, style), Text(row.said))
    console.print(table)
    for error in gates.errors:
        console.print(Text(f"ERROR  {error}", _STYLES["ERROR"]))
    if gates.passed_within:
        console.print(Text(f"{gates.passed_within} more gates within categories passed (the worst ones)"))
