"""A variant's processes: started on the servers' core, watched, stopped."""

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import usage
from benchmarks.errors import BenchmarkError
from benchmarks.variants import Command, Ports, Variant
from fraud_contract.direct import opener_for

_ROOT: Final = Path(__file__).parents[1]
_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 30.0
_POLL_SECONDS: Final = 0.005
_LOG_TAIL: Final = 1_000
"""Characters of a failed process's log that are told."""


@dataclass(frozen=True)
class Running:
    """A variant that answers."""

    url: str
    """Base address for callers."""
    starts: tuple[float, ...]
    """Seconds from the start of each process to its first 200."""
    _roots: tuple[int, ...]

    @property
    def processes(self) -> list[int]:
        """All of its processes."""
        return [each for root in self._roots for each in usage.tree(root)]


@contextlib.contextmanager
def running(variant: Variant, release: Path, core: int, logs: Path) -> Iterator[Running]:
    """The variant, until the context ends. Raises `BenchmarkError` where a process does not get ready."""
    started: list[subprocess.Popen[bytes]] = []
    seconds: list[float] = []
    asked: Ports | None = None
    try:
        for number, service in enumerate(variant.services):
            ports = _free_ports()
            log = logs / f"{variant.name}-{number}.log"
            start = time.monotonic()
            started.append(_start(service.command(release, ports, asked), core, log))
            _wait_ready(started[-1], service.ready(ports), start + _START_SECONDS, log)
            seconds.append(time.monotonic() - start)
            asked = ports
        http = asked.http if asked else 0
        yield Running(f"http://127.0.0.1:{http}", tuple(seconds), tuple(each.pid for each in started))
    finally:
        for each in reversed(started):
            _stop(each)


def _start(command: Command, core: int, log: Path) -> subprocess.Popen[bytes]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FRAUD_")}
    # One core, so one thread each: more would only wait for one another.
    environment = {**inherited, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **command.environment}
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - our own commands
            ["taskset", "--cpu-list", str(core), *command.arguments],  # noqa: S607 - util-linux, wherever it is
            cwd=_ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )


def _wait_ready(process: subprocess.Popen[bytes], url: str, deadline: float, log: Path) -> None:
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), opener_for(url).open(url, timeout=1):
            return
        time.sleep(_POLL_SECONDS)
    raise BenchmarkError(f"{log.stem} does not get ready. Its log ends: {log.read_text()[-_LOG_TAIL:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_ports() -> Ports:
    with contextlib.ExitStack() as probes:
        taken = [probes.enter_context(socket.socket()) for _ in Ports.__dataclass_fields__]
        for each in taken:
            each.bind(("127.0.0.1", 0))
        return Ports(*(int(each.getsockname()[1]) for each in taken))
