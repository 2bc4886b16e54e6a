"""What a training run says while it works."""

from typing import Protocol


class Progress(Protocol):
    """Shown by the command line, ignored by tests."""

    def stage(self, name: str) -> None:
        """A new stage begins."""

    def advance(self, done: int, total: int) -> None:
        """Within the stage, `done` of at most `total` steps are finished."""


class Silent:
    """Shows nothing."""

    def stage(self, name: str) -> None:
        """Say nothing of the stage."""

    def advance(self, done: int, total: int) -> None:
        """Say nothing of the steps."""
