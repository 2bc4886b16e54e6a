"""How far a long piece of work is."""

from typing import Protocol


class Progress(Protocol):
    """Gets the name of each stage as it begins."""

    def stage(self, name: str) -> None:
        """The stage `name` begins."""


class Silent:
    """Null object: reports nothing."""

    def stage(self, name: str) -> None:
        """Do nothing."""
