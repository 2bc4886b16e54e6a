"""From an alias to a pin: which version is it, now?"""

from typing import Final

from fraud_registry.access.account import Account
from fraud_registry.messages import ResolveArtifact, ResolveRelease
from fraud_registry.references import Pin, ReleasePins, parse
from fraud_registry.worker.child import ask

DEADLINE: Final = 60.0
"""Seconds: the SDK starts in one or two, on a busy machine in many more; a hosted registry answers in one."""


def resolve(account: Account, name: str, alias_or_version: str) -> Pin:
    """The version of the artifact `name` that the alias means now.

    Raises:
        InvalidReference: that is no artifact.
        NotInRegistry: there is none; the message says what there is.
        RegistryUnauthorized: the key was refused.
        RegistryUnavailable: no answer within `DEADLINE` seconds.
    """
    return resolve_reference(account, f"{name}:{alias_or_version}")


def resolve_reference(account: Account, text: str) -> Pin:
    """The version meant by `wandb://entity/project/name:vN` or `name:alias`. Raises as `resolve` does."""
    return ask(account, ResolveArtifact(reference=parse(text)), Pin, DEADLINE)


def resolve_release(account: Account, alias: str) -> ReleasePins:
    """The model at `alias` (or `vN`) and the preprocessor it was trained with.

    Raises:
        NotInRegistry: there is no such model.
        UnusableInRegistry: there is one, but it was not published by this software, or its preprocessor is
            gone; or nothing is in production, but artifacts of these names are there that are no release.
        PairMismatch: the preprocessor in the registry is another.
        RegistryError: as `resolve` does.
    """
    return ask(account, ResolveRelease(version=alias), ReleasePins, DEADLINE)
