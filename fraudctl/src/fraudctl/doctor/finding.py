"""What one look at the machine found."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    """Something will be missing or different, but the service runs."""
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One line of the examination; `advice` says what to do and is empty if there is nothing to do."""

    check: str
    status: Status
    found: str
    advice: str = ""

    @property
    def failed(self) -> bool:
        """Whether the service cannot run like this."""
        return self.status is Status.FAIL

    def row(self) -> Mapping[str, Any]:
        """The finding as a row of a table."""
        return {"check": self.check, "status": str(self.status), "found": self.found, "advice": self.advice}
