"""One `demo` or `serve` at a time in a workspace.

`flock` belongs to the open file, so a process that becomes another program by `exec` keeps it as long as the
descriptor is inherited; children that are started get none of our descriptors (`subprocess`).
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from fraud_local.errors import AlreadyRunning


@dataclass(frozen=True)
class Holder:
    """Who holds the lock."""

    command: str
    pid: int


@contextmanager
def only_one(path: Path, command: str) -> Iterator[None]:
    """Hold the lock file at `path` for `command`, whatever program this process becomes meanwhile.

    The kernel lets go of it when this process ends, however.

    Raises:
        AlreadyRunning: another process holds it; the message names it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(_refusal(file)) from None
        os.set_inheritable(file.fileno(), True)
        file.truncate(0)
        file.write(json.dumps({"command": command, "pid": os.getpid()}))
        file.flush()
        yield
        file.truncate(0)


def holder(path: Path) -> Holder | None:
    """Who holds the lock file at `path`; None where nobody does, or who has not said yet."""
    try:
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _written(file)
    except OSError:
        return None
    return None


def _written(file: TextIO) -> Holder | None:
    file.seek(0)
    with suppress(ValueError, KeyError, TypeError):
        found = json.load(file)
        return Holder(str(found["command"]), int(found["pid"]))
    return None


def _refusal(file: TextIO) -> str:
    found = _written(file)
    if found is None:
        return f"Another command already runs here (it holds {file.name}). Wait for it, or stop it."
    return (
        f"`{found.command}` already runs here (pid {found.pid}). "
        f"Stop it with Ctrl-C in its terminal, or with: kill {found.pid}"
    )
