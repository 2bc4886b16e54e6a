"""Moving `production`: one move at a time, each recorded, and one that was cut short put right by the next.

The steps of a move, and what stands between them:

1. `production` of the preprocessor; no reader goes by it, since a model names its preprocessor by version.
2. `production` of the model: from here on the new release is in production.
3. `previous` of the preprocessor.
4. `previous` of the model, which is where a rollback goes.

A move that was cut short before step 2 is undone, one after it completed. The run of the move says what was
to come and what was there.
"""

import time
from contextlib import suppress
from typing import Final

import wandb

from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL
from fraud_contract.errors import PairMismatch, RegistryBusy, UnusableInRegistry
from fraud_registry.access.account import Account
from fraud_registry.messages import Promote
from fraud_registry.progress import Progress
from fraud_registry.records.metadata import MANIFEST_DIGEST
from fraud_registry.records.moves import Move, MoveRun, Moves, Owner, PlannedMove
from fraud_registry.references import PREVIOUS, PRODUCTION, Pin, Reference, ReleasePins
from fraud_registry.sdk.aliases import move, require_movable, take_away
from fraud_registry.sdk.lookup import connect, find_or_none, pin_of, preprocessor_of, release_pins
from fraud_registry.sdk.moves import conclude, conclude_other, recorded, recorded_moves

_WAIT: Final = 30.0
"""Seconds for a move that goes first; one takes a second or two."""
_PAUSE: Final = 0.5


def promote(account: Account, request: Promote, progress: Progress) -> ReleasePins:
    """Put the request's release into production; nothing happens where it is there already.

    Raises:
        UnusableInRegistry: `production` or `previous` is at a version that this software cannot use, and the
            request does not say that it may be replaced; nothing was moved.
        RegistryBusy: another move is under way, or another release came into production since the caller
            looked; nothing was moved.
    """
    api, end = connect(account), time.monotonic() + _WAIT
    while True:
        former = in_production(api, account)
        _require_expected(request, former)
        if not request.replace_unusable:
            for pin in (request.pins.preprocessor, request.pins.model):
                require_movable(api, account, pin.reference, PRODUCTION, PREVIOUS)
        there = former is not None and former.version == request.pins.model.version
        if there and all(each.outcome for each in recorded_moves(api, account)):
            return request.pins
        if _attempt(api, account, request, former, progress):
            return request.pins
        if time.monotonic() > end:
            raise RegistryBusy(
                f"Another move of {PRODUCTION} in {account.entity}/{account.project} is under way. "
                "Nothing was moved. Look at `fraudctl registry history`, then try again."
            )
        time.sleep(_PAUSE)


def planned(account: Account, version: str) -> PlannedMove:
    """What a move to the alias or version would do, its effect counted in if the last one was cut short.

    Raises:
        NotInRegistry: there is no such model.
        UnusableInRegistry: there is one that this software cannot use.
    """
    api = connect(account)
    former = in_production(api, account)
    pins = release_pins(
        api, account, _former_of_cut_short(api, account, former) if version == PREVIOUS else version
    )
    return PlannedMove(pins=pins, former=former)


def _former_of_cut_short(api: wandb.Api, account: Account, present: Pin | None) -> str:
    """`previous`, or the version that a move which did not come that far would have put there."""
    for each in recorded_moves(api, account):
        if each.outcome is None and each.replaced and each.move.model == _version(present):
            return each.replaced
    return PREVIOUS


def moves(account: Account) -> Moves:
    """Every move, and what is in production now."""
    api = connect(account)
    return Moves(runs=tuple(recorded_moves(api, account)), current=in_production(api, account))


def in_production(api: wandb.Api, account: Account) -> Pin | None:
    """The model at `production`; None where none is."""
    found = find_or_none(api, account, Reference(PRODUCTION_MODEL, PRODUCTION))
    return None if found is None else pin_of(found)


def _require_expected(request: Promote, former: Pin | None) -> None:
    version = _version(former)
    if request.expected is not None and version not in {request.expected, request.pins.model.version}:
        raise RegistryBusy(
            f"{version or 'Nothing'} is in production now, {request.expected or 'nothing'} was when you "
            "looked. Nothing was moved. Look again."
        )


def _version(pin: Pin | None) -> str:
    return pin.version if pin else ""


def _attempt(
    api: wandb.Api, account: Account, request: Promote, former: Pin | None, progress: Progress
) -> bool:
    """Whether the move was made; False where another one goes first, or what it starts from has changed."""
    progress.stage("record the move")
    with recorded(account, _described(request, former), request.pins) as run:
        found = recorded_moves(api, account)
        own = next(each for each in found if each.run == run.id)
        is_free = not any(each.goes_before(own) for each in found)
        if is_free:
            for each in reversed(found):
                if each.was_cut_short(own.created_at):
                    progress.stage(f"put right the move of {each.created_at:%Y-%m-%d %H:%M} UTC")
                    _put_right(api, account, each)
            is_free = _version(in_production(api, account)) == _version(former)
        if is_free:
            _carry_out(api, account, request.pins, former, progress)
        conclude(run, "done" if is_free else "refused")
    return is_free


def _described(request: Promote, former: Pin | None) -> Move:
    model = request.pins.model
    return Move(
        reason=request.reason,
        owner=Owner.this(),
        model=model.version,
        preprocessor=request.pins.preprocessor.version,
        digest=str(model.metadata.get(MANIFEST_DIGEST, "")),
        former=former.version if former else None,
    )


def _carry_out(
    api: wandb.Api, account: Account, pins: ReleasePins, former: Pin | None, progress: Progress
) -> None:
    for pin in (pins.preprocessor, pins.model):
        progress.stage(f"alias {PRODUCTION} to {pin.name}:{pin.version}")
        move(api, account, pin, PRODUCTION)
    if former is not None and former.version != pins.model.version:
        progress.stage(f"alias {PREVIOUS} to {former.name}:{former.version}")
        _set_previous(api, account, former)


def _set_previous(api: wandb.Api, account: Account, model: Pin) -> None:
    # A former model that cannot be used has no preprocessor to go with; then it alone gets the alias.
    with suppress(UnusableInRegistry, PairMismatch):
        move(api, account, preprocessor_of(api, account, model), PREVIOUS)
    move(api, account, model, PREVIOUS)


def _put_right(api: wandb.Api, account: Account, other: MoveRun) -> None:
    """Complete a move that was cut short, or undo it; calling it again changes nothing."""
    present = in_production(api, account)
    took_effect = _version(present) == other.move.model
    if took_effect and other.replaced:
        former = find_or_none(api, account, Reference(PRODUCTION_MODEL, other.replaced))
        if former is not None:
            _set_previous(api, account, pin_of(former))
    if present is None:
        take_away(api, account, Reference(PREPROCESSOR, PRODUCTION), other.move.preprocessor)
    else:
        with suppress(UnusableInRegistry, PairMismatch):
            move(api, account, preprocessor_of(api, account, present), PRODUCTION)
    conclude_other(api, account, other, "done" if took_effect else "undone")
