"""Commands to a rollout, read by the process that drives it and answered in its record."""

import secrets
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import typer
from rich.console import Console

from fraud_contract.errors import SettingsError
from fraud_contract.plain_text import one_line
from fraud_local.lock import holder
from fraud_local.person import person
from fraud_local.platform.candidates import Candidates, Offer
from fraud_processes.errors import LocalError
from fraud_rollout.core.state.command import MAX_REASON, Answered, Command, Verb
from fraud_rollout.core.state.record import Record
from fraud_rollout.records.errors import NoSuchRecord
from fraud_rollout.records.files import RecordFiles
from fraudctl.flows.found_release import found, require_named
from fraudctl.flows.judge import strategy_at
from fraudctl.flows.rollout.driver import JUDGED, commands_of, installations_of
from fraudctl.flows.serve import COMMAND as SERVE
from fraudctl.gate_table import gates
from fraudctl.output import Row
from fraudctl.reason import kept_reason
from fraudctl.run import Run
from fraudctl.session import session

_ANSWER: Final = 30.0
"""Seconds for an answer; a reconciliation takes a fraction of one."""
_LOOK: Final = 0.1


_BEGIN: Final = "`fraudctl serve --follow` begins one for every release that `fraudctl publish` publishes."


class Refused(LocalError):
    """A command was not carried out."""

    code = "refused"


def started(release: str, strategy: Path | None, *, again: bool) -> Row:
    """The rollout that began.

    Raises:
        Refused: none did; the message says why.
    """
    run = session()
    _require_driver(run)
    chosen = strategy_at(strategy) if strategy else None
    with run.connecting() as connect:
        candidate = found(release, run, connect)
    candidates = Candidates(run.workspace.rollouts / "candidates")
    rollout = _accepted(candidates, candidates.offer(candidate.folders, chosen, again=again))
    return {
        "rollout": rollout,
        "candidate": candidate.release.name,
        "watch": "fraudctl rollout status -w",
    }


def returned(release: str, reason: str) -> Row:
    """The way back to a release that ran here, or is in the registry.

    Raises:
        Refused: it did not begin; the message says why.
        RegistryError: it did not run here, and the registry does not have it.
    """
    why, run = kept_reason(reason, MAX_REASON), session()
    _require_driver(run)
    installed = installations_of(run.workspace).find(release)
    with run.connecting() as connect:
        folders = installed.folders if installed else found(release, run, connect).folders
    command = Command(
        id=secrets.token_hex(8),
        verb=Verb.ROLLBACK,
        by=person(),
        reason=why,
        at=datetime.now(UTC),
    )
    candidates = Candidates(run.workspace.rollouts / "candidates")
    rollout = _accepted(candidates, candidates.offer(folders, rollback=command))
    after = chosen(run, rollout)
    return {"rollout": rollout, "phase": str(after.phase), "answer": after.reason}


def _accepted(candidates: Candidates, offer: Offer) -> str:
    """The record that began."""
    answer = candidates.answered(offer, _ANSWER)
    if answer is None:
        raise Refused(f"No answer within {_ANSWER:g} s from `fraudctl serve --follow`. Is it stopped?")
    if answer.refusal:
        raise Refused(answer.refusal)
    return answer.rollout


def chosen(run: Run, rollout: str | None) -> Record:
    """The record of that id, else the newest rollout.

    Raises:
        NoSuchRecord: there is none.
        RecordUnreadable: the record of that id, or the folder of records, cannot be read.
    """
    if rollout is not None:
        require_named(rollout, "rollout")
    store = RecordFiles(run.workspace.rollouts)
    records = store.all()
    moved = [each for each in records if not each.id.startswith(JUDGED)]
    record = store.load(rollout) if rollout is not None else next(reversed(moved or records), None)
    if record is None:
        known = ", ".join(each.id for each in records[-5:])
        last = f"The last ones: {known}." if known else f"None began yet: {_BEGIN}"
        raise NoSuchRecord(f"There is no rollout {rollout or 'yet'}. {last}")
    return record


def steered(verb: str, rollout: str | None, reason: str) -> Row:
    """What became of the command. Raises `Refused` if it was not carried out."""
    why, run = kept_reason(reason, MAX_REASON), session()
    return _given(run, chosen(run, rollout), Verb(verb), why, "")


def promoted(rollout: str | None, reason: str, *, ask: bool) -> Row:
    """As `steered`, once the person has seen the evidence and said yes."""
    why, run = kept_reason(reason, MAX_REASON), session()
    record = chosen(run, rollout)
    if ask:
        if not sys.stdin.isatty():
            raise SettingsError(
                "Nobody can be asked here. Look at `fraudctl rollout status`, then say --yes."
            )
        console = Console(stderr=True)
        console.print(gates(record, RecordFiles(run.workspace.rollouts).load_details(record.id)))
        console.print(f"{record.phase}: {one_line(record.reason)}", markup=False)
        candidate = one_line(record.candidate.name)
        typer.confirm(f"Promote {candidate} on this evidence?", abort=True, err=True)
    return _given(run, record, Verb.PROMOTE, why, record.evidence_digest)


def _given(run: Run, record: Record, verb: Verb, reason: str, evidence: str) -> Row:
    if record.id.startswith(JUDGED):
        raise Refused(f"{record.id} is a comparison of `fraudctl judge`, by which nothing moves. {_BEGIN}")
    _require_driver(run)
    command = commands_of(run.workspace).give(record.id, verb, reason, evidence)
    answered = _answer(run, record.id, command)
    if answered is None:
        raise Refused(f"No answer within {_ANSWER:g} s from `fraudctl serve --follow`. Is it stopped?")
    if not answered.accepted:
        raise Refused(f"{verb} of {record.id} was refused: {answered.answer}.")
    after = chosen(run, record.id)
    return {"rollout": record.id, "phase": str(after.phase), "answer": answered.answer}


def _answer(run: Run, record_id: str, command: Command) -> Answered | None:
    deadline = time.monotonic() + _ANSWER
    while time.monotonic() < deadline:
        answers = chosen(run, record_id).commands
        found_answer = next((each for each in answers if each.command.id == command.id), None)
        if found_answer is not None:
            return found_answer
        time.sleep(_LOOK)
    return None


def _require_driver(run: Run) -> None:
    found = holder(run.workspace.lock)
    if found is None:
        raise Refused("Nothing drives rollouts here. Start `fraudctl serve --follow` in another terminal.")
    if found.command == SERVE:
        raise Refused(
            f"`{SERVE}` (pid {found.pid}) drives no rollouts. Stop it and start `fraudctl serve --follow`."
        )
