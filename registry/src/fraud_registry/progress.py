"""Who wants to know how far a long piece of work is."""

from typing import Protocol


class Progress(Protocol):
    """Told the name of each stage as it begins."""

    def stage(self, name: str) -> None:
        """The stage `name` begins."""


class Silent:
    """Tells nobody."""

    def stage(self, name: str) -> None:
        """Do nothing."""
