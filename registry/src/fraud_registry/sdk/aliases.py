"""Moving aliases: the pointers that people follow."""

from contextlib import suppress

import wandb

from fraud_contract.errors import PairMismatch, UnusableInRegistry
from fraud_registry.access.account import Account
from fraud_registry.artifacts.references import PREVIOUS, PRODUCTION, Pin, Reference, ReleasePins
from fraud_registry.progress import Progress
from fraud_registry.sdk.lookup import (
    connect,
    find,
    find_or_none,
    pin_of,
    preprocessor_of,
    require_understood,
)
from fraud_registry.worker.messages import Promote


def move(api: wandb.Api, account: Account, pin: Pin, *aliases: str) -> None:
    """Give `pin` the aliases; whichever version had one before loses it."""
    artifact = find(api, account, pin.reference)
    missing = [alias for alias in aliases if alias not in artifact.aliases]
    if missing:
        artifact.aliases.extend(missing)
        artifact.save()


def require_movable(api: wandb.Api, account: Account, target: Reference, *aliases: str) -> None:
    """Raise `UnusableInRegistry` where an alias is at another version, which this software cannot use."""
    for alias in aliases:
        reference = Reference(target.name, alias, target.entity, target.project)
        holder = find_or_none(api, account, reference)
        if holder is not None and holder.version != target.version:
            require_understood(holder)


def promote(account: Account, request: Promote, progress: Progress) -> ReleasePins:
    """Move `production` to the pair, and `previous` to the pair that had it.

    Nothing is moved where one of both is at a version that this software cannot use, unless the request
    says so. The model's `production` moves last and decides which pair was the former one; so a promotion
    that died halfway is completed by the next call, whatever it had done.
    """
    api, pins = connect(account), request.pins
    if not request.replace_unusable:
        for pin in (pins.preprocessor, pins.model):
            require_movable(api, account, pin.reference, PRODUCTION, PREVIOUS)
    former = _production(api, account, pins.model)
    if former is not None and former.version != pins.model.version:
        progress.stage(f"alias {PREVIOUS} to {former.name}:{former.version}")
        _set_previous(api, account, former)
    for pin in (pins.preprocessor, pins.model):
        progress.stage(f"alias {PRODUCTION} to {pin.name}:{pin.version}")
        move(api, account, pin, PRODUCTION)
    return pins


def _production(api: wandb.Api, account: Account, beside: Pin) -> Pin | None:
    reference = Reference(beside.name, PRODUCTION, beside.entity, beside.project)
    found = find_or_none(api, account, reference)
    return None if found is None else pin_of(found)


def _set_previous(api: wandb.Api, account: Account, model: Pin) -> None:
    # A former model that cannot be used has no preprocessor to go with; then it alone gets the alias.
    with suppress(UnusableInRegistry, PairMismatch):
        move(api, account, preprocessor_of(api, account, model), PREVIOUS)
    move(api, account, model, PREVIOUS)
