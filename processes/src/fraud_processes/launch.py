"""Becomes a command, and writes down which process it is: `python -I -S launch.py FOLDER NAME COMMAND...`.

Whoever starts a process may be killed before it has written anything down; so the process itself does. It
holds a lock for as long as it lives, through exec: a second one of the same name ends at once. It imports
nothing of ours.
"""

import fcntl
import json
import os
import sys
from pathlib import Path

START = 19
"""Field of /proc/PID/stat behind the command's name: when it began, which exec does not change; proc(5)."""


def main(folder: Path, name: str, command: list[str]) -> None:
    """Write `NAME.json` and become `command`."""
    lock = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(0)  # it runs already, and the log is its own: nothing is printed
    os.set_inheritable(lock, True)
    clock = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[START])
    started = {"name": name, "pid": os.getpid(), "clock": clock, "arguments": command}
    scratch = folder / f"{name}.{os.getpid()}.new"
    scratch.write_text(json.dumps(started))
    scratch.replace(folder / f"{name}.json")
    os.execv(command[0], command)  # noqa: S606 - our own command, no shell


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
