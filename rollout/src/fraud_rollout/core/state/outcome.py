"""What one source's evidence, taken together, means for the rollout."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from fraud_rollout.judge.lines import line
from fraud_rollout.judge.verdict import Finding, Role, Verdict


class Outcome(Enum):
    """The possible ends of a look at evidence."""

    MISSING = auto()
    DISTRUSTED = auto()
    FAILED = auto()
    UNDECIDED = auto()
    """A gate will not decide, or its rate is surely between the limits."""
    WAITING = auto()
    LOADED = auto()
    """All else passed; a person must accept the load."""
    PASSED = auto()


@dataclass(frozen=True)
class Assessment:
    """An outcome and the line that says why."""

    outcome: Outcome
    reason: str


def conclude(findings: Sequence[Finding], *, complete: bool) -> Assessment:
    """The outcome of `findings`; `complete` says that no further evidence will come."""
    failed = [each for each in findings if each.verdict is Verdict.FAIL]
    rejecting = [each for each in failed if each.role is not Role.HOLD]
    waiting = [each for each in findings if each.role is Role.REQUIRED and each.verdict is not Verdict.PASS]
    undecided = [each for each in findings if each.undecidable] + (waiting if complete else [])
    for outcome, deciding in (
        (Outcome.FAILED, rejecting),
        (Outcome.UNDECIDED, undecided),
        (Outcome.WAITING, waiting),
        (Outcome.LOADED, failed),
    ):
        if deciding:
            return Assessment(outcome, line(deciding[0]))
    return Assessment(Outcome.PASSED, "all gates passed")
