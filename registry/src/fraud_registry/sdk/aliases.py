"""Moving aliases: the pointers that people follow."""

import wandb

from fraud_registry.access.account import Account
from fraud_registry.references import Pin, Reference
from fraud_registry.sdk.lookup import find, find_or_none, require_understood


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


def take_away(api: wandb.Api, account: Account, reference: Reference) -> None:
    """Take the reference's alias off the version that has it, if one has."""
    holder = find_or_none(api, account, reference)
    if holder is not None:
        holder.aliases.remove(reference.version)
        holder.save()
