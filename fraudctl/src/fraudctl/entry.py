"""The entry point: Ctrl-C while modules are read ends the command as it does later, without a traceback."""

from typing import Final

_INTERRUPTED: Final = 130


def main() -> int:
    """Run `fraudctl` with the process's arguments. Returns the exit code, or raises `SystemExit` with it."""
    try:
        from fraudctl.main import main as run
    except KeyboardInterrupt:
        return _INTERRUPTED
    return run()
