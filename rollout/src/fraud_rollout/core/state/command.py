"""What people ask of a running rollout."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from fraud_rollout.judge.verdict import Frozen

MAX_REASON: Final = 300
"""Characters of a reason that are kept."""


class Verb(StrEnum):
    """Commands; each is answered once, by its id, in the record."""

    PAUSE = "pause"
    """Hold at the last weight that passed."""
    RESUME = "resume"
    """Go on from where it was held."""
    PROMOTE = "promote"
    """Approve, or accept what holds it; never possible after a gate failed or while evidence is missing."""
    ABORT = "abort"
    """End the rollout; stable serves all."""
    ROLLBACK = "rollback"
    """As abort, also after the promotion; candidates up to the one that was left are not followed."""


class Command(Frozen):
    """One command of one person."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    verb: Verb
    by: Annotated[str, Field(min_length=1, max_length=128)]
    reason: Annotated[str, Field(max_length=MAX_REASON)] = ""
    at: datetime
    evidence: Annotated[str, Field(max_length=64)] = ""
    """`Record.evidence_digest` of what the person saw; a promotion on older evidence is refused."""


class Answered(Frozen):
    """A command and what became of it."""

    command: Command
    accepted: bool
    answer: str
