"""Runs the command and turns errors into one line and an exit code."""

import errno
import os
import sys
import traceback

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
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_EXIT_CODES: tuple[tuple[type[FraudError], int], ...] = (
    (UsageError, _USAGE),
    (RegistryBusy, _REFUSED),
    (NotMoved, _REFUSED),
)


def main() -> int:
    """Run `fraudctl` with the process's arguments. Returns the exit code, or raises `SystemExit` with it."""
    try:
        with ending_on_signals():
            app()
    except FraudError as error:
        sys.stderr.write(f"error: {plain(error.message)}\n")
        return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), _FAILED)
    except Exception as error:  # noqa: BLE001 - the outermost place: nothing above could report it better
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            sys.stderr.write(f"error: {plain(_no_room(error))}\n")
            return _FAILED
        sys.stderr.write(f"error: unexpected {type(error).__name__}: {plain(str(error))}\n{_kept()}\n")
    return _FAILED


def _no_room(error: OSError) -> str:
    where = error.filename or Workspace.find(os.environ).root / "var"
    return f"{where} cannot be written: {error.strerror}. Make room there, and run it again."


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
