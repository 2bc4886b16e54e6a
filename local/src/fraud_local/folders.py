"""The two artifact folders of a release, as a serving process is told of them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folders:
    """Verified artifacts on this machine's disk."""

    model: Path
    preprocessor: Path
