"""What came of one request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fraud_simulator.payments import Payment


@dataclass(frozen=True)
class Answer:
    """The service's word on one payment."""

    decision: str
    prediction: str
    warned: bool
    """It came with a warning, such as an unknown category."""


@dataclass(frozen=True)
class Failure:
    """Why a request got no answer that counts."""

    kind: str
    """Status and code (`503 overloaded`), or what broke (`timed out`)."""
    message: str


@dataclass(frozen=True)
class Outcome:
    """One request: its payments, how long it took in seconds, and the answers in order or the failure."""

    payments: tuple[Payment, ...]
    seconds: float
    result: tuple[Answer, ...] | Failure
