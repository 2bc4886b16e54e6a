"""One line of a comparison."""

from dataclasses import dataclass
from typing import Any, Final

PARTS: Final = (
    "model",
    "metrics",
    "evaluation",
    "golden rows",
    "policy",
    "calibration",
    "parameters",
    "data",
    "features",
    "importance",
    "libraries",
)
"""What is compared, in the order it is shown."""


@dataclass(frozen=True)
class Row:
    """One property of both releases."""

    part: str
    """One of `PARTS`."""
    what: str
    first: Any = None
    second: Any = None
    change: float | None = None
    """From the first to the second, in the unit of both unless `note` names another."""
    interval: tuple[float, float] | None = None
    """95 % interval of the change."""
    note: str = ""
    """Why the second is to be looked at, or why it could not be compared."""


def not_compared(part: str, why: str) -> Row:
    """The line for a part that is missing on one side."""
    return Row(part, "not compared", note=why)
