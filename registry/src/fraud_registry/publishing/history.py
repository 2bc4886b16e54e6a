"""Which release was in production when, and who put it there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Self

from fraud_contract.errors import UsageError
from fraud_registry.records.moves import MoveRun


@dataclass(frozen=True)
class Tenure:
    """One release's time in production. A time that nobody recorded is None: a move without this software."""

    model: str
    """`vN`."""
    since: datetime | None
    until: datetime | None
    lasts: bool
    """Whether it is in production now; its `until` is None then."""
    move: MoveRun | None
    """What began it; None where nobody recorded that."""


@dataclass(frozen=True)
class Period:
    """From `begin` to before `end`, or one moment where both are equal."""

    begin: datetime
    end: datetime

    @classmethod
    def parse(cls, text: str) -> Self:
        """`2026-11-24` is that day, `2026-11-24T15:00` that moment, both in UTC unless an offset is given.

        Raises:
            UsageError: it is no time.
        """
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise UsageError(
                f"{text!r} is no time. Write 2026-11-24 for a day or 2026-11-24T15:00 for a moment, in UTC, "
                "or with an offset such as +01:00."
            ) from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        try:
            return cls(moment, moment + timedelta(days=1) if _is_date(text) else moment)
        except OverflowError:
            return cls(moment, moment)  # the last day of all

    def meets(self, tenure: Tenure) -> bool:
        """Whether the release may have been in production then; what nobody recorded counts as possible."""
        begun = tenure.since is None or tenure.since <= self.begin or tenure.since < self.end
        return begun and (tenure.until is None or tenure.until > self.begin)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def tenures(runs: Sequence[MoveRun], current: str | None) -> list[Tenure]:
    """All of them, newest first; `current` is the model that is in production now, None where none is.

    Every move says which model it replaced, so one that nobody recorded shows as well.
    """
    found: list[Tenure] = []
    for run in sorted((run for run in runs if run.outcome == "done"), key=lambda run: run.created_at):
        if run.move.former is not None and (not found or found[-1].model != run.move.former):
            found.append(Tenure(run.move.former, None, None, lasts=False, move=None))
        if found:
            found[-1] = replace(found[-1], until=run.created_at)
        found.append(Tenure(run.move.model, run.created_at, None, lasts=False, move=run))
    if found and found[-1].model == current:
        found[-1] = replace(found[-1], lasts=True)
    elif current is not None:
        found.append(Tenure(current, None, None, lasts=True, move=None))
    return found[::-1]
