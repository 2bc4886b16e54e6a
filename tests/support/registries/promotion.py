"""Promotion by a test."""

from typing import Final

from fraud_registry.access.account import Account
from fraud_registry.publishing import promote as promotion
from fraud_registry.records.moves import Reason
from fraud_registry.references import ReleasePins

REASON: Final = Reason(operation="promote", by="test", why="to be tested", evidence="e" * 64)


def promote(account: Account, pins: ReleasePins, *, replace_unusable: bool = False) -> None:
    """Put the release into production, whatever is there."""
    promotion.promote(account, pins, REASON, replace_unusable=replace_unusable)
