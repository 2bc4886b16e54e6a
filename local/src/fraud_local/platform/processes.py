"""Processes that outlive the one that started them, and are found again by the next.

Each leaves a file with its pid and the kernel's time of its start, which no later process of that pid has.
Linux only, as the proxy is: both are read from /proc.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fraud_contract.artifacts.documents import Document
from fraud_contract.errors import ArtifactError

_PROC: Final = Path("/proc")
_STATE: Final = 0
_START: Final = 19
"""Fields of /proc/PID/stat behind the command's name; see proc(5)."""
_POLL: Final = 0.02
_LONGEST: Final = 65_536
"""Bytes from the end of a log that are looked at for a process's last words."""
_ERROR: Final = "error: "


class Started(Document):
    """A process as it was started."""

    name: str
    pid: int
    clock: int
    """Kernel ticks from boot to its start."""
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Program:
    """What to run under which name."""

    name: str
    arguments: Sequence[str]
    environ: Mapping[str, str]


@dataclass(frozen=True)
class Processes:
    """All processes of one workspace; `folder` holds a file for each, `logs` what they print."""

    folder: Path
    logs: Path

    def start(self, program: Program) -> Started:
        """Start it in a session of its own, so that neither Ctrl-C nor our end reaches it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        with self._log(program.name).open("ab") as log:
            log.truncate(0)
            process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                list(program.arguments),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(program.environ),
                start_new_session=True,
            )
        started = Started(
            name=program.name,
            pid=process.pid,
            clock=_clock(process.pid) or 0,
            arguments=tuple(program.arguments),
        )
        scratch = self._file(program.name).with_suffix(".new")
        started.write(scratch)
        scratch.replace(self._file(program.name))
        # Popen complains of children that live on; whoever is the parent at its end takes the status.
        process.returncode = 0
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
            _end(started, grace)
        self._file(name).unlink(missing_ok=True)

    def last_words(self, name: str) -> str:
        """The last error line of its log, else its last line; and where the rest is."""
        path = self._log(name)
        with suppress(OSError), path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - _LONGEST))
            lines = [
                line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()
            ]
            errors = [line.removeprefix(_ERROR) for line in lines if line.startswith(_ERROR)]
            return f"{(errors or lines or ['it printed nothing'])[-1]} (log: {path})"
        return f"no log at {path}"

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def alive(started: Started) -> bool:
    """Whether that very process still runs."""
    with suppress(ChildProcessError):  # where it is ours, its status is taken, so that no zombie stays
        os.waitpid(started.pid, os.WNOHANG)
    return _clock(started.pid) == started.clock


def _end(started: Started, grace: float) -> None:
    for number, seconds in ((signal.SIGTERM, grace), (signal.SIGKILL, grace)):
        with suppress(ProcessLookupError):
            os.kill(started.pid, number)
        deadline = time.monotonic() + seconds
        while alive(started):
            if time.monotonic() > deadline:
                break
            time.sleep(_POLL)
        else:
            return


def _clock(pid: int) -> int | None:
    """When the process began; None where none of that pid runs any more."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[_STATE] in {"Z", "X"} else int(fields[_START])
