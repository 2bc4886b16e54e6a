"""A release that has proved itself becomes the one in production."""

from typing import Final

from fraud_registry.access.account import Account
from fraud_registry.artifacts.references import ReleasePins
from fraud_registry.progress import Progress
from fraud_registry.worker.child import ask
from fraud_registry.worker.messages import Promote

DEADLINE: Final = 120.0
"""Seconds for about ten requests."""


def promote(
    account: Account, pins: ReleasePins, progress: Progress | None = None, *, replace_unusable: bool = False
) -> None:
    """Move the alias `production` to both artifacts; the former pair gets `previous`.

    An alias is not moved off a version that this software cannot use, unless `replace_unusable` says so.

    Calling it again changes nothing, and completes a call that was cut short. Two calls at once with
    different pins are not serialised here: the later one wins.

    Raises:
        UnusableInRegistry: `production` or `previous` is at such a version; nothing was moved.
        RegistryError: the registry refused or went away; call it again.
    """
    ask(account, Promote(pins=pins, replace_unusable=replace_unusable), ReleasePins, DEADLINE, progress)
