"""Moving aliases: the pointers that people follow."""

from contextlib import suppress
from typing import Final

import wandb

from fraud_contract.errors import NotInRegistry, PairMismatch
from fraud_registry.account import Account
from fraud_registry.progress import Progress
from fraud_registry.references import Pin, Reference, ReleasePins
from fraud_registry.sdk.lookup import connect, find, pin_of, preprocessor_of

PRODUCTION: Final = "production"
PREVIOUS: Final = "previous"


def move(api: wandb.Api, account: Account, pin: Pin, *aliases: str) -> None:
    """Give `pin` the aliases; whichever version had one before loses it."""
    artifact = find(api, account, pin.reference)
    missing = [alias for alias in aliases if alias not in artifact.aliases]
    if missing:
        artifact.aliases.extend(missing)
        artifact.save()


def promote(account: Account, pins: ReleasePins, progress: Progress) -> ReleasePins:
    """Move `production` to the pair, and `previous` to the pair that had it.

    The model's `production` moves last and decides which pair was the former one; so a promotion that
    died halfway is completed by the next call, whatever it had done.
    """
    api = connect(account)
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
    try:
        return pin_of(find(api, account, reference))
    except NotInRegistry:
        return None


def _set_previous(api: wandb.Api, account: Account, model: Pin) -> None:
    # A former model of the original service names no preprocessor; then it alone gets the alias.
    with suppress(NotInRegistry, PairMismatch):
        move(api, account, preprocessor_of(api, account, model), PREVIOUS)
    move(api, account, model, PREVIOUS)
