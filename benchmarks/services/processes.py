"""A variant's processes: started on the servers' core, watched, stopped."""

import contextlib
import os
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import usage
from benchmarks.services.variants import Command, Ports, Variant
from fraud_processes.child import Child
from fraud_processes.program import Program

_ROOT: Final = Path(__file__).parents[2]
_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Running:
    """A variant that answers."""

    url: str
    """Base address for callers."""
    admin_url: str
    """Where it shows its metrics."""
    starts: tuple[float, ...]
    """Seconds from the start of each process to its first 200."""
    _roots: tuple[int, ...]

    @property
    def processes(self) -> list[int]:
        """All of its processes."""
        return [each for root in self._roots for each in usage.tree(root)]


@contextlib.contextmanager
def running(variant: Variant, release: Path, core: int, logs: Path) -> Iterator[Running]:
    """The variant, until the context ends. Raises `ProcessFailed` where a process does not get ready."""
    seconds: list[float] = []
    started: list[Child] = []
    asked: Ports | None = None
    with contextlib.ExitStack() as stack:
        for number, service in enumerate(variant.services):
            ports = _free_ports()
            start = time.monotonic()
            command = service.command(release, ports, asked)
            child = Child.start(_program(f"{variant.name}-{number}", command, core), logs)
            stack.callback(child.stop, _STOP_SECONDS)
            child.wait_answers(service.ready(ports), _START_SECONDS)
            seconds.append(time.monotonic() - start)
            started.append(child)
            asked = ports
        http, admin = (asked.http, asked.admin) if asked else (0, 0)
        yield Running(
            f"http://127.0.0.1:{http}",
            f"http://127.0.0.1:{admin}",
            tuple(seconds),
            tuple(each.pid for each in started),
        )


def _program(name: str, command: Command, core: int) -> Program:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FRAUD_")}
    # One core, so one thread each: more would only wait for one another.
    environment = {**inherited, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **command.environment}
    pinned = (shutil.which("taskset") or "taskset", "--cpu-list", str(core), *command.arguments)
    return Program(name, pinned, environment, _ROOT)


def _free_ports() -> Ports:
    with contextlib.ExitStack() as probes:
        taken = [probes.enter_context(socket.socket()) for _ in Ports.__dataclass_fields__]
        for each in taken:
            each.bind(("127.0.0.1", 0))
        return Ports(*(int(each.getsockname()[1]) for each in taken))
