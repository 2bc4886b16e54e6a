"""One `demo` or `serve` at a time in a workspace."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from fraud_local.errors import AlreadyRunning


@contextmanager
def only_one(path: Path, command: str) -> Iterator[None]:
    """Hold the lock file at `path` for `command`. The kernel lets go of it when this process ends, however.

    Raises:
        AlreadyRunning: another process holds it; the message names it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(_holder(file)) from None
        file.truncate(0)
        file.write(json.dumps({"command": command, "pid": os.getpid()}))
        file.flush()
        yield
        file.truncate(0)


def held(path: Path) -> bool:
    """Whether a process holds the lock file at `path`."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _holder(file: TextIO) -> str:
    file.seek(0)
    with suppress(ValueError, KeyError):
        holder = json.load(file)
        return (
            f"`{holder['command']}` already runs here (pid {holder['pid']}). "
            f"Stop it with Ctrl-C in its terminal, or with: kill {holder['pid']}"
        )
    return f"Another command already runs here (it holds {file.name}). Wait for it, or stop it."
