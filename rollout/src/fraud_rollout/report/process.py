"""The report, made by a process of its own: what drives a rollout stays small, and outlives its failure."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from fraud_contract.errors import FraudError

_DEADLINE: Final = 60.0
"""Seconds; it takes one."""


class ReportFailed(FraudError):
    """The report could not be made; the record is not touched by that."""

    code = "report"


def write_report(folder: Path, record_id: str) -> Path:
    """Write the report of that record beside it; returns its path. Raises `ReportFailed`."""
    command = [sys.executable, "-m", "fraud_rollout.report", str(folder), record_id]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_DEADLINE, check=False)  # noqa: S603 - our own module
    except subprocess.TimeoutExpired:
        raise ReportFailed(f"The report of {record_id} was not made within {_DEADLINE:g} s.") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1].removeprefix("error: ")
        raise ReportFailed(f"The report of {record_id} could not be made: {last}")
    return folder / f"{record_id}.html"
