"""The two artifact folders of a release, as a serving process gets them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Folders:
    """Verified artifacts on this machine's disk."""

    model: Path
    preprocessor: Path
