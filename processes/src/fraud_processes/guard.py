"""Becomes a command that the kernel kills when the process that started it is gone, however that ended.

`python -I -S guard.py PARENT_PID COMMAND...`. It runs between fork and exec as a program of its own,
because code in a forked copy of a process with threads may deadlock. It imports nothing of ours.
"""

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
"""See prctl(2). It outlasts exec, and acts when the *thread* ends that started us: use the main one."""


def main(parent: int, command: list[str]) -> None:
    """Tie this process to `parent` and become `command`."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("error: the process that started this one is gone")
    os.execv(command[0], command)  # noqa: S606 - our own command, no shell


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
