"""Two releases side by side, as rows."""

import re
from dataclasses import asdict
from typing import Any, Final

from fraudctl.flows.comparison.compare import compared
from fraudctl.flows.comparison.row import Row as ComparedRow
from fraudctl.output import Form, Row
from fraudctl.session import session

_DIGEST: Final = re.compile("[0-9a-f]{64}")
_SHOWN: Final = 12
"""Hex digits of a digest."""


def differences(first: str, second: str, dataset: str | None, form: Form) -> list[Row]:
    """What differs between two releases, a row for each property."""
    run = session()
    with run.connecting() as connect:
        found = compared(first, second, dataset, run, connect)
    return [asdict(each) if form is Form.JSON else _shown(each) for each in found]


def _shown(row: ComparedRow) -> Row:
    """For people: digests short, the interval in words."""
    interval = f"{row.interval[0]:+.4g} to {row.interval[1]:+.4g}" if row.interval else ""
    both = {"first": _short(row.first), "second": _short(row.second)}
    return {**asdict(row), **both, "interval": interval}


def _short(value: Any) -> Any:  # noqa: ANN401 - of any row
    return value[:_SHOWN] if isinstance(value, str) and _DIGEST.fullmatch(value) else value
