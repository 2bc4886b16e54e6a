"""What is in production: put there, taken back, and when it was what."""

import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Final

import typer

from fraud_contract.errors import FraudError, NotInRegistry, PairMismatch, UnusableInRegistry, UsageError
from fraud_contract.plain_text import plain
from fraud_local.errors import NotMoved
from fraud_local.person import person
from fraud_registry.publishing.comparison import FIGURES, compare, shortcomings
from fraud_registry.publishing.history import Period, Tenure, tenures
from fraud_registry.publishing.promote import moves, planned, promote
from fraud_registry.records.metadata import MANIFEST_DIGEST, trained_of
from fraud_registry.records.moves import MAX_WHY, Operation, PlannedMove, Reason
from fraud_registry.references import PREVIOUS, PRODUCTION, Pin
from fraud_registry.worker.connection import Connection
from fraudctl.flows.comparison.brief import brief
from fraudctl.flows.comparison.compare import compared
from fraudctl.flows.release import require_trusted_release
from fraudctl.output import Row
from fraudctl.reason import kept_reason
from fraudctl.run import Connect, Run
from fraudctl.session import session

_SHOWN: Final = 12
"""Hex digits of a digest."""
_LONGEST: Final = 500
"""Characters of a line."""
_UNRECORDED: Final = "not recorded"
_CHOOSE: Final = "Choose one of `fraudctl registry list`, then: fraudctl registry promote VERSION."


def promote_release(release: str, why: str, *, replace_unusable: bool, ask: bool) -> Row:
    """The release that is in production now, once the person has seen the comparison and said yes."""
    reason, run = _reason("promote", why), session()
    with run.registry() as registry, Connection(registry.account) as connection:
        plan = planned(connection, release)
        require_trusted_release(connection, plan.pins, run)
        _confirm(plan, partial(_compared_on_payments, run=run, connect=lambda: connection), ask=ask)
        _carry_out(connection, plan, reason, replace_unusable=replace_unusable)
    return _moved(plan, run)


def roll_back(why: str, *, ask: bool) -> Row:
    """The former release, in production again, once the person has seen the comparison and said yes.

    Raises:
        NotMoved: there is none that could be served, or the person said no.
    """
    reason, run = _reason("rollback", why), session()
    with run.registry() as registry, Connection(registry.account) as connection:
        try:
            plan = planned(connection)
        except NotInRegistry as error:
            raise NotMoved(f"There is no release to go back to: {error.message} {_CHOOSE}") from None
        except (UnusableInRegistry, PairMismatch) as error:
            raise NotMoved(f"The release at {PREVIOUS} cannot be served: {error.message} {_CHOOSE}") from None
        if plan.former is not None and plan.former.version == plan.pins.model.version:
            raise NotMoved(
                f"There is no release to go back to: {PREVIOUS} is {plan.former.version}, which is in "
                "production. Choose another: fraudctl registry promote VERSION."
            )
        require_trusted_release(connection, plan.pins, run)
        _confirm(plan, _compared_by_metadata, ask=ask)  # at once: whoever goes back is in a hurry
        _carry_out(connection, plan, reason, replace_unusable=False)
    return _moved(plan, run)


def history(at: str | None, limit: int) -> list[Row]:
    """The newest `limit` releases that were in production, or all that were at that time.

    Raises:
        NotInRegistry: nothing ever was, or not then.
        UsageError: that time has not come.
    """
    period = Period.parse(at) if at is not None else None
    if period is not None and period.begin > datetime.now(UTC):
        raise UsageError(f"{at} has not come yet: nobody knows what will be in production.")
    run = session()
    with run.registry() as registry:
        found = moves(registry.account)
    rows = tenures(found.runs, found.current.version if found.current else None)
    if period is not None:
        rows = [row for row in rows if period.meets(row)]
    if not rows:
        when = f" at {at} (UTC, unless an offset is given)" if at is not None else ""
        raise NotInRegistry(f"Nothing was in production{when}, as far as moves were recorded.")
    return [_tenure(row) for row in (rows if at is not None else rows[:limit])]


def _carry_out(connection: Connection, plan: PlannedMove, reason: Reason, *, replace_unusable: bool) -> None:
    """Move what was planned, unless something else came into production meanwhile."""
    try:
        promote(
            connection,
            plan.pins,
            reason,
            expected=plan.former.version if plan.former else "",
            replace_unusable=replace_unusable,
        )
    except UnusableInRegistry as error:
        raise UnusableInRegistry(
            f"{error.message} To take the alias off it nevertheless: "
            "fraudctl registry promote VERSION --replace-unusable."
        ) from None


def _reason(operation: Operation, why: str) -> Reason:
    return Reason(operation=operation, by=person(), why=kept_reason(why, MAX_WHY))


def _confirm(plan: PlannedMove, compare_them: Callable[[Pin, Pin], Iterable[str]], *, ask: bool) -> None:
    """Show what changes, and ask; where nothing that could be compared is replaced, only warn."""
    former, newcomer = plan.former, plan.pins.model
    if former is None or MANIFEST_DIGEST not in former.metadata:
        sys.stderr.writelines(f"{_line(f'warning: {each}')}\n" for each in shortcomings(newcomer))
        return
    if former.version == newcomer.version:
        return
    sys.stderr.write(f"version: {former.version} -> {newcomer.version}\n")
    sys.stderr.writelines(f"{_line(each)}\n" for each in compare_them(former, newcomer))
    sys.stderr.write(f"all that differs: fraudctl registry diff {former.version} {newcomer.version}\n")
    sys.stderr.flush()
    if not ask:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            f"{former.name}:{former.version} is in production, and nobody can be asked here. "
            "Nothing was moved. Look at the comparison, then say --yes."
        )
    if not typer.confirm(f"Put {newcomer.name}:{newcomer.version} into production?", err=True):
        raise NotMoved(f"Nothing was moved: {former.name}:{former.version} stays in production.")


def _compared_on_payments(former: Pin, newcomer: Pin, run: Run, connect: Connect) -> Iterable[str]:
    """The figures that matter, with intervals; by the metadata alone where a release cannot be scored."""
    try:
        rows = compared(former.version, newcomer.version, None, run, connect)
    except FraudError as error:
        return (
            f"warning: not compared on payments: {error.message}",
            *_compared_by_metadata(former, newcomer),
        )
    return brief(rows)


def _compared_by_metadata(former: Pin, newcomer: Pin) -> Iterable[str]:
    found = compare(former, newcomer)
    figures = (
        f"{each.what}: {_shown(each.first)} -> {_shown(each.second)}"
        for each in found
        if each.what in FIGURES
    )
    return (*figures, *(f"warning: {each.warning}" for each in found if each.warning))


def _shown(figure: float | None) -> str:
    return "not known" if figure is None else f"{figure:.4g}"


def _line(text: str) -> str:
    """What artifacts and their metadata say, on the one line that a person decides by."""
    text = plain(" ".join(text.splitlines()))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _moved(plan: PlannedMove, run: Run) -> Row:
    former = plan.former
    if former is not None and former.version == plan.pins.model.version:
        run.stages.note("it was in production already: nothing was moved")
        former = None
    else:
        run.stages.note(
            "a running `fraudctl serve` goes on with what it has; start it again to serve this one"
        )
    return {
        "alias": PRODUCTION,
        "model": plan.pins.model.uri,
        "preprocessor": plan.pins.preprocessor.uri,
        "trained": trained_of(plan.pins.model.metadata),
        PREVIOUS: former.uri if former else "",
    }


def _tenure(row: Tenure) -> Row:
    move = row.move.move if row.move else None
    reason = move.reason if move else None
    return {
        "since": _time(row.since),
        "until": "" if row.lasts else _time(row.until),
        "model": row.model,
        "preprocessor": move.preprocessor if move else "",
        "digest": move.digest[:_SHOWN] if move else "",
        "by": reason.by if reason else _UNRECORDED,
        "how": reason.operation if reason else "moved without fraudctl",
        "why": reason.why if reason else "",
        "evidence": reason.evidence[:_SHOWN] if reason else "",
        "run": row.move.run if row.move else "",
    }


def _time(moment: datetime | None) -> datetime | str:
    return moment.astimezone(UTC) if moment else _UNRECORDED
