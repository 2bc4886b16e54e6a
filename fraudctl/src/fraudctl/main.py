"""The entry point: runs the command, turns errors into one line and an exit code."""

import os
import sys
import traceback

from fraud_contract.errors import FraudError, UsageError
from fraud_local.signals import ending_on_signals
from fraud_local.workspace import Workspace
from fraudctl.app import app

_FAILED = 1
_USAGE = 2


def main() -> int:
    """Run `fraudctl` with the process's arguments. Returns the exit code, or raises `SystemExit` with it."""
    try:
        with ending_on_signals():
            app()
    except FraudError as error:
        sys.stderr.write(f"error: {error.message}\n")
        return _USAGE if isinstance(error, UsageError) else _FAILED
    except Exception as error:  # noqa: BLE001 - the outermost place: nothing above could report it better
        sys.stderr.write(f"error: unexpected {type(error).__name__}: {error}\n{_kept()}\n")
    return _FAILED


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
