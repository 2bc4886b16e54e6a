"""`fraudctl judge`: the gate table, and the exit code that a pipeline goes by."""

import sys
from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fraud_rollout.core.record import Record
from fraud_rollout.judge.lines import line
from fraud_rollout.judge.verdict import Finding
from fraud_rollout.offline import Judgement
from fraudctl.flows.judge import Judged, Question, judge
from fraudctl.output import Form, show
from fraudctl.session import session

EXIT_CODES: Final[Mapping[Judgement, int]] = {
    Judgement.MAY_REPLACE: 0,
    Judgement.REJECTED: 3,
    Judgement.UNDECIDED: 4,
}
_STYLES: Final = {"PASS": "green", "FAIL": "bold red", "HELD": "yellow", "ERROR": "bold red"}
_WIDTH: Final = 160
"""Columns where the output is no terminal: a log is read, not looked at."""


def judged(question: Question, form: Form) -> int:
    """Judge, print the result; the exit code."""
    result = judge(question, session())
    if form is Form.JSON:
        show(_row(result), form)
    else:
        _print(result)
    return EXIT_CODES[result.judgement]


def findings_of(record: Record) -> list[Finding]:
    """What was found, in the order of the sources; of categories what a record keeps."""
    return [finding for judged in record.judged for finding in judged.findings]


def _row(result: Judged) -> dict[str, Any]:
    record = result.record
    return {
        "judgement": result.judgement.value,
        "reason": record.reason,
        "stable": record.stable.model_dump(mode="json") if record.stable else None,
        "candidate": record.candidate.model_dump(mode="json"),
        "gain": record.gain,
        "findings": [
            {"line": line(each, record.strategy.confidence), **each.model_dump(mode="json")}
            for each in findings_of(record)
        ],
        "record": str(result.record_file),
        "report": str(result.report),
    }


def _print(result: Judged) -> None:
    record = result.record
    console = Console(soft_wrap=False)
    if not console.is_terminal:
        console.width = _WIDTH
    console.print(gate_table(record))
    console.print(f"{record.candidate.name} {result.judgement.value.upper()}: {record.reason}", markup=False)
    sys.stdout.write(f"record  {result.record_file}\nreport  {result.report}\n")


def gate_table(record: Record) -> Table:
    """A row a gate: its verdict, and the evidence in the words used everywhere."""
    table = Table("gate", "verdict", "evidence", box=None, pad_edge=False, header_style="bold")
    for finding in findings_of(record):
        gate, word, said = line(finding, record.strategy.confidence).split("  ", 2)
        table.add_row(Text(gate), Text(word, _STYLES.get(word, "yellow")), Text(said))
    return table
