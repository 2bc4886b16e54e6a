"""What a run measured, told at its end."""

from typing import Final

FIGURES: Final[dict[str, str]] = {}


def figure(name: str, value: str) -> None:
    """Tell a measurement at the end of the run."""
    FIGURES[name] = value
