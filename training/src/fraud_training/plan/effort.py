"""How long to train; light to import, unlike the training itself."""

from enum import StrEnum


class Effort(StrEnum):
    """How much is spent on a release."""

    QUICK = "quick"
    """Seconds, for a demo; the figures are a little lower."""
    FULL = "full"
