"""Room on the disk for Envoy's files: traffic is taken back from a release also while the disk is full."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from fraud_contract.documents import write_atomically

_SIZE: Final = 256 << 10
"""Bytes: several times all of Envoy's files, each of which is written beside the one that it replaces."""


class Reserve:
    """A file at `path` that gives its room to others when they find none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self) -> None:
        """Have it there, if there is room."""
        if self._path.exists():
            return
        with suppress(OSError):
            write_atomically(self._path, bytes(_SIZE))

    def write(self, path: Path, content: bytes) -> None:
        """Put `content` at `path`, at the cost of the reserve where the disk is full. Raises `OSError`."""
        try:
            write_atomically(path, content)
        except OSError:
            self._path.with_suffix(".new").unlink(missing_ok=True)  # of a `keep` that found no room
            self._path.unlink(missing_ok=True)
            write_atomically(path, content)
