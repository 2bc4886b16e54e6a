"""The directory where everything lives: one server at a time, and the key to it."""

import fcntl
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wandb_local.errors import StartError

KEY_VARIABLE = "WANDB_LOCAL_API_KEY"
_KEY = re.compile(r"[A-Za-z0-9_-]{40,}")  # what the SDK accepts


def prepare(directory: Path) -> None:
    """Make the directory, and let only this user in, also where it was there before.

    One that belongs to another user (a volume of a cluster) or to all (`/tmp`) stays as it is: the files
    inside are for this user only anyway.

    Raises:
        StartError: It cannot be written to.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = directory.stat()
        if found.st_uid == os.geteuid() and not found.st_mode & stat.S_ISVTX:
            directory.chmod(0o700)
        (directory / "lock").touch(mode=0o600)
        for name in ("lock", "api-key"):
            if (directory / name).exists():
                (directory / name).chmod(0o600)
    except OSError as error:
        message = f"cannot write to {directory} ({error.strerror}): choose another --data"
        raise StartError(message) from error


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Keep every other server off the directory. The lock goes with the process, however it ends.

    Raises:
        StartError: Another server has it.
    """
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            other = f"another server{_address(directory)}"
            message = f"{directory} is in use by {other}: use that one, or another --data"
            raise StartError(message) from error
        yield


def _address(directory: Path) -> str:
    try:
        return f" at {json.loads((directory / 'server.json').read_text())['url']}"
    except (OSError, ValueError, KeyError):
        return ""


def api_key(directory: Path, environment: str | None) -> str:
    """The key: from `environment` if it is set, else from `<directory>/api-key`, which is made on first use.

    Raises:
        StartError: The key is too short for the SDK, or its file cannot be read or made.
    """
    path = directory / "api-key"
    if environment:
        return _checked(environment, KEY_VARIABLE)
    try:
        if not path.exists():
            _write(path, secrets.token_hex(20))
        key = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot use {path} ({error}): free space, make it readable, or choose another --data"
        raise StartError(message) from error
    return _checked(key, str(path))


def _checked(key: str, source: str) -> str:
    if not _KEY.fullmatch(key):
        message = f"the API key in {source} must be 40 or more of letters, digits, '-' and '_' for the SDK"
        raise StartError(message)
    return key


def _write(path: Path, text: str) -> None:
    """The whole file or none of it, readable by this user only from its first moment."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.replace(path)
    except OSError:
        temporary.unlink()
        raise


@contextmanager
def announced(directory: Path, url: str) -> Iterator[None]:
    """The server's address in `<directory>/server.json` for other processes, as long as it runs."""
    path = directory / "server.json"
    try:
        _write(path, json.dumps({"url": url, "pid": os.getpid()}))
    except OSError as error:
        message = f"cannot write {path} ({error.strerror}): free space or choose another --data"
        raise StartError(message) from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
