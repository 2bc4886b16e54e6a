"""Fresh folders to fetch into, locked while in use: those of killed processes are known by that."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from fraud_contract.errors import SettingsError

_PREFIX: Final = ".fetch-"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Alone in `folder` among all that lock it; the lock ends with the process at the latest."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """A fresh, empty folder below `parent`, gone afterwards; what killed processes left goes as well.

    Raises:
        SettingsError: `parent` cannot be made or written to.
    """
    try:
        folder, lock = _fresh(parent)
    except OSError as error:
        raise SettingsError(
            f"{parent} cannot be written to ({error.strerror}). Name a folder that this user may write to."
        ) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _fresh(parent: Path) -> tuple[Path, int]:
    parent.mkdir(parents=True, exist_ok=True)
    with locked(parent):
        _sweep(parent)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        lock = os.open(folder, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return folder, lock


def sync(folder: Path) -> None:
    """Put the files of `folder` and its entries on the disk: a rename after it is never of half a file."""
    for path in (*folder.iterdir(), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # in use, or removed this moment by the process that made it
            _remove_unused(folder)


def _remove_unused(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
    finally:
        os.close(descriptor)
