"""Runs the command and turns errors into one line and an exit code."""

import errno
import os
import sys
import traceback
from io import TextIOWrapper
from typing import Final

from fraud_contract.errors import FraudError, RegistryBusy, UsageError
from fraud_contract.plain_text import plain
from fraud_local.errors import NotMoved
from fraud_local.workspace import Workspace
from fraud_processes.signals import ending_on_signals
from fraudctl.app import app

_FAILED = 1
_USAGE = 2
_REFUSED = 3
"""What is in production is as it was."""
_ADVICE_FOR: Final = {
    errno.ENOSPC: "Make room there, and run it again.",
    errno.EDQUOT: "Make room there, and run it again.",
    errno.EROFS: "Set FRAUDCTL_HOME, or name a folder, where files can be written.",
}
_NO_PATH: Final = {
    errno.ENAMETOOLONG: "Give a shorter name.",
    errno.ELOOP: "Mend the link.",
    errno.EACCES: "Change its owner or mode, or name another.",
    errno.EPERM: "Change its owner or mode, or name another.",
}
_LONGEST = 200
"""Characters of a path in an error."""
_EXIT_CODES: tuple[tuple[type[FraudError], int], ...] = (
    (UsageError, _USAGE),
    (RegistryBusy, _REFUSED),
    (NotMoved, _REFUSED),
)


def main() -> int:
    """Run `fraudctl` with the process's arguments. Returns the exit code, or raises `SystemExit` with it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Categories, reasons and paths hold letters that a terminal's encoding may not have.
            stream.reconfigure(errors="backslashreplace")
    try:
        with ending_on_signals():
            app()
    except FraudError as error:
        sys.stderr.write(f"error: {plain(error.message)}\n")
        return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), _FAILED)
    except Exception as error:  # noqa: BLE001 - the outermost place: nothing above could report it better
        told = _of_a_place(error) if isinstance(error, OSError) else ""
        told = told or f"unexpected {type(error).__name__}: {error}\n{_kept()}"
        sys.stderr.write(f"error: {plain(told)}\n")
    return _FAILED


def _of_a_place(error: OSError) -> str:
    """What is wrong with a disk or path, which is no defect of ours; empty for any other error."""
    if error.errno in _ADVICE_FOR:
        where = error.filename or Workspace.find(os.environ).root / "var"
        return f"{where} cannot be written: {error.strerror}. {_ADVICE_FOR[error.errno]}"
    if error.errno in _NO_PATH and error.filename:
        where = str(error.filename)
        shown = where if len(where) <= _LONGEST else f"{where[:_LONGEST]}…"
        return f"{shown}: {error.strerror}. {_NO_PATH[error.errno]}"
    return ""


def _kept() -> str:
    """Keep the traceback in a file, and say where; if that fails, the traceback itself."""
    details = traceback.format_exc()
    path = Workspace.find(os.environ).logs / "traceback.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(details)
    except OSError:
        return details
    return f"Details are in {path}; please report a defect with them."
