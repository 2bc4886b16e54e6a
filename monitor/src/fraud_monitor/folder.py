"""The monitor's folder, in which one monitor works at a time: two would count the same payments into it."""

import fcntl
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

_LOG: Final = logging.getLogger("fraud_monitor")
_LOCK: Final = ".lock"  # no release has such a name, and so a folder of it
_LOOK: Final = 0.2


@contextmanager
def alone_in(folder: Path, ended: threading.Event) -> Iterator[bool]:
    """Wait until no other process works in `folder`, and hold it; False where `ended` was set before that.

    A folder that cannot be written to holds nobody up, since nothing is kept in it either.
    """
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        file = (folder / _LOCK).open("ab")
    except OSError:
        yield True
        return
    with file:
        yield _taken(file, folder, ended)


def _taken(file: IO[bytes], folder: Path, ended: threading.Event) -> bool:
    waits = False
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not waits:
                _LOG.warning("Another monitor works in %s; this one begins when that has ended.", folder)
            waits = True
        except OSError:
            return True  # no such locks on this file system
        else:
            return True
        if ended.wait(_LOOK):
            return False
