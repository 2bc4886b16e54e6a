"""Processes that outlive the one that started them, and are found again by the next.

Each writes a file with its pid and the kernel's time of its start, which no later process of that pid has.
Linux only, as the proxy is. The time is read from /proc in ticks since boot: psutil gives it as a date, which
moves when the machine's clock is set.
"""

import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import psutil

from fraud_contract.documents import Document
from fraud_contract.errors import ArtifactError
from fraud_processes import launch
from fraud_processes.ending import end
from fraud_processes.log import last_words
from fraud_processes.program import Program, start_detached

_PROC: Final = Path("/proc")
_STATE: Final = 0
"""Field of /proc/PID/stat behind the command's name; see proc(5)."""
_POLL: Final = 0.02
_WRITES: Final = 30.0
"""Seconds in which a process that was started writes down its pid; this is for what hangs."""


class Started(Document):
    """A process as it was started."""

    name: str
    pid: int
    clock: int
    """Kernel ticks from boot to its start."""
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class DetachedProcesses:
    """All processes of one workspace; `folder` holds a file for each, `logs` what they print."""

    folder: Path
    logs: Path

    def start(self, program: Program) -> Started | None:
        """Start it in a session of its own, so that neither Ctrl-C nor our end reaches it.

        One of the name that runs already is returned instead. None if it ended before it could be found.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        writing = (sys.executable, "-I", "-S", launch.__file__, str(self.folder), program.name)
        started = replace(program, arguments=(*writing, *program.arguments))
        return self._written(program.name, start_detached(started, self._log(program.name)))

    def _written(self, name: str, pid: int) -> Started | None:
        """What the process wrote down; what is there where another of the name ran already."""
        deadline = time.monotonic() + _WRITES
        while (started := self.recorded(name)) is None or started.pid != pid:
            with suppress(ChildProcessError):  # so that no zombie stays
                os.waitpid(pid, os.WNOHANG)
            if _clock(pid) is None or time.monotonic() > deadline:
                return self.find(name)
            time.sleep(_POLL)
        return started

    def recorded(self, name: str) -> Started | None:
        """The process last started under the name, alive or not."""
        with suppress(ArtifactError):
            return Started.read(self._file(name))
        return None

    def find(self, name: str) -> Started | None:
        """The running process of that name; None if there is none."""
        started = self.recorded(name)
        return started if started is not None and alive(started) else None

    def all(self) -> list[Started]:
        """All that run."""
        names = sorted(path.stem for path in self.folder.glob("*.json"))
        return [found for name in names if (found := self.find(name)) is not None]

    def stop(self, name: str, grace: float) -> None:
        """Ask it to end (SIGTERM), kill it after `grace` seconds; returns when it is gone."""
        started = self.find(name)
        if started is not None:
            with suppress(psutil.NoSuchProcess):
                end(psutil.Process(started.pid), grace)
        self._file(name).unlink(missing_ok=True)

    def last_words(self, name: str) -> str:
        """The last error line of its log, else its last line; and where the rest is."""
        return last_words(self._log(name))

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def alive(started: Started) -> bool:
    """Whether that very process still runs."""
    with suppress(ChildProcessError):  # where it is ours, its status is taken, so that no zombie stays
        os.waitpid(started.pid, os.WNOHANG)
    return _clock(started.pid) == started.clock


def _clock(pid: int) -> int | None:
    """When the process began; None where none of that pid runs any more."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[_STATE] in {"Z", "X"} else int(fields[launch.START])
