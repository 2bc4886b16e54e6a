"""Moves of the alias `production`, as each leaves them in the registry, and which one goes first.

Every move is a run of job type `promotion`. It is there before the first alias moves and says what is to be
moved where; its outcome comes after the last one. That makes the runs a journal: a move that was cut short
is one without an outcome, and whoever begins one sees the others'.
"""

import os
import socket
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from fraud_registry.references import Pin, ReleasePins, Version

LEASE: Final = timedelta(minutes=4)
"""After it a move without an outcome was cut short: the process that moves is killed after half of it."""

Operation = Literal["promote", "rollback", "rollout"]
Outcome = Literal["done", "undone", "refused"]
"""`undone`: cut short before it took effect, and put right later; `refused`: another move was under way."""


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


MAX_WHY: Final = 500
"""Characters of a reason that are kept."""


class Reason(_Frozen):
    """Who moves an alias, and why."""

    operation: Operation
    by: Annotated[str, Field(min_length=1, max_length=128)]
    why: Annotated[str, Field(max_length=MAX_WHY)] = ""
    evidence: Annotated[str, Field(max_length=200)] = ""
    """What it rests on, such as the digest of a rollout's evidence."""


class Owner(_Frozen):
    """The process that moves."""

    host: str
    pid: int

    @classmethod
    def this(cls) -> Self:
        """This process."""
        return cls(host=socket.gethostname(), pid=os.getpid())

    @property
    def is_gone(self) -> bool:
        """Whether it surely runs no more; of another host's process nothing is known."""
        if self.host != socket.gethostname():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


class Move(_Frozen):
    """`production` from one release to another."""

    schema_version: Literal[1] = 1
    reason: Reason
    owner: Owner
    model: Version
    preprocessor: Version
    digest: str
    """SHA-256 of the model's manifest."""
    former: Version | None
    """The model that was in production; None where there was none."""


class MoveRun(_Frozen):
    """A move as the registry holds it."""

    run: str
    """The run's id."""
    created_at: datetime
    """The registry's own time."""
    is_running: bool
    """Whether its process has not yet said that it ended."""
    outcome: Outcome | None
    move: Move

    @property
    def replaced(self) -> str:
        """The other model (`vN`) that it took the alias from; empty for none."""
        former = self.move.former
        return former if former and former != self.move.model else ""

    def was_cut_short(self, now: datetime) -> bool:
        """Whether it will never have an outcome by itself; `now` is the registry's time."""
        if self.outcome is not None:
            return False
        return not self.is_running or self.move.owner.is_gone or now - self.created_at > LEASE

    def goes_before(self, own: "MoveRun") -> bool:
        """Whether `own` must give way. Of two that are under way the older goes on, of equally old ones none.

        Both are in the registry before either looks for the other, so at most one of two goes on.
        """
        under_way = self.outcome is None and not self.was_cut_short(own.created_at)
        return under_way and self.run != own.run and self.created_at <= own.created_at


class Moves(_Frozen):
    """All moves of a project, newest first."""

    runs: tuple[MoveRun, ...]
    current: Pin | None
    """The model that is in production now."""


class PlannedMove(_Frozen):
    """What a move would put into production, and what is there."""

    pins: ReleasePins
    former: Pin | None
    """The model in production; None where there is none."""
