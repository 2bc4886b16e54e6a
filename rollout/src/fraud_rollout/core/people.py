"""Answering the commands of people: each once, accepted or refused with the reason."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from fraud_rollout.core.moves import active_phase, advance, enter_counting_anew, hold, roll_back
from fraud_rollout.core.state.command import Answered, Command, Verb
from fraud_rollout.core.state.phase import ENDS, Cause, Phase
from fraud_rollout.core.state.record import Record

_KEPT: Final = 10
_ACCEPTABLE: Final = frozenset({Cause.APPROVAL, Cause.UNDECIDED, Cause.LOAD})
"""Causes that a person may accept."""
_RESUMABLE: Final = frozenset({Cause.PAUSED, Cause.UNDECIDED, Cause.ALTERED})


class _Refused(Exception):
    """The command cannot be carried out."""


def answer(record: Record, commands: Iterable[Command], now: datetime) -> Record:
    """The record after all commands that it has not answered yet."""
    for command in commands:
        if all(each.command.id != command.id for each in record.commands):
            record = _answer(record, command, now)
    return record


def _answer(record: Record, command: Command, now: datetime) -> Record:
    try:
        moved = _CARRIED_OUT[command.verb](record, command, now)
    except _Refused as refusal:
        return _noted(record, Answered(command=command, accepted=False, answer=str(refusal)))
    return _noted(moved, Answered(command=command, accepted=True, answer=moved.reason))


def _noted(record: Record, answered: Answered) -> Record:
    commands = (*record.commands, answered)
    extra = max(0, len(commands) - _KEPT)
    dropped = record.dropped_commands + extra
    return record.model_copy(update={"commands": commands[extra:], "dropped_commands": dropped})


def _pause(record: Record, command: Command, now: datetime) -> Record:
    if record.phase in ENDS or active_phase(record) in {Phase.ROLLING_BACK, Phase.PROMOTING}:
        raise _Refused(f"nothing to pause in {record.phase}")
    return hold(record, Cause.PAUSED, _said("paused", command), now)


def _resume(record: Record, command: Command, now: datetime) -> Record:
    if record.hold is None:
        raise _Refused(f"not held, but {record.phase}")
    if record.hold.cause not in _RESUMABLE:
        raise _Refused(f"held for {record.hold.cause}: {record.reason}")
    return enter_counting_anew(record, record.hold.back_to, _said("resumed", command), now)


def _promote(record: Record, command: Command, now: datetime) -> Record:
    if record.hold is None or record.hold.cause not in _ACCEPTABLE:
        raise _Refused("nothing waits for a person's acceptance; gates are passed by evidence alone")
    if command.evidence and command.evidence != record.evidence_digest:
        raise _Refused("the evidence has changed since it was looked at; look again")
    accepted = (*record.accepted, f"{record.hold.cause} in {record.hold.back_to} by {command.by}")
    return advance(record.model_copy(update={"accepted": accepted}), now)


def _abort(record: Record, command: Command, now: datetime) -> Record:
    if record.phase in ENDS or record.phase is Phase.ROLLING_BACK:
        raise _Refused(f"nothing to abort in {record.phase}")
    return roll_back(record, _said("aborted", command), now)


def _rollback(record: Record, command: Command, now: datetime) -> Record:
    if record.phase in ENDS - {Phase.PROMOTED} or record.phase is Phase.ROLLING_BACK:
        raise _Refused(f"nothing to roll back in {record.phase}")
    if record.stable is None and record.phase is Phase.PROMOTED:
        raise _Refused("there is no earlier release to go back to")
    demoted = record.model_copy(update={"demoted": True})
    return roll_back(demoted, _said("rolled back", command), now)


def _said(done: str, command: Command) -> str:
    return f"{done} by {command.by}{': ' if command.reason else ''}{command.reason}"


_CARRIED_OUT: Final = {
    Verb.PAUSE: _pause,
    Verb.RESUME: _resume,
    Verb.PROMOTE: _promote,
    Verb.ABORT: _abort,
    Verb.ROLLBACK: _rollback,
}
