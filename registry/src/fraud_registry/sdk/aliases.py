"""Moving aliases: the pointers that people follow."""

from collections.abc import Sequence

import wandb

from fraud_registry.access.account import Account
from fraud_registry.records.metadata import require_type
from fraud_registry.references import Pin, Reference
from fraud_registry.sdk.lookup import LATEST, find, find_or_none, pin_of, require_understood


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


def require_place(api: wandb.Api, account: Account, name: str, aliases: Sequence[str]) -> None:
    """Raise `UnusableInRegistry` where `name` is of another type there, or an alias at a foreign version."""
    reference = Reference(name, LATEST)
    there = find_or_none(api, account, reference)
    if there is not None:
        require_type(pin_of(there), there.type)
        require_movable(api, account, reference, *aliases)


def take_away(api: wandb.Api, account: Account, reference: Reference, version: str) -> None:
    """Take the reference's alias off `version`; where another version has it, it stays there."""
    holder = find_or_none(api, account, reference)
    if holder is not None and holder.version == version:
        holder.aliases.remove(reference.version)
        holder.save()
