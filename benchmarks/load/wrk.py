"""The load generator: wrk in a closed loop, cycling through bodies."""

import shutil
import subprocess
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from benchmarks.errors import BenchmarkError

_SCRIPT: Final = Path(__file__).with_name("cycle.lua")
_PATIENCE: Final = 30
"""Seconds wrk waits for an answer: slow servers are to be measured, not cut off."""
_PACKAGES: Final = {"wrk": "wrk", "taskset": "util-linux"}


class Headers(Enum):
    """What a request's head says."""

    BARE = "bare"
    """What HTTP wants, and the content type."""
    GATEWAY = "gateway"
    """Fifteen more, as a gateway and a traced caller send them, some of them new in each request."""


@dataclass(frozen=True)
class Load:
    """What the callers saw of one measurement."""

    seconds: float
    requests: int
    failed: int
    """Without an answer, or with one that was no success."""
    p50_ms: float
    p99_ms: float

    @property
    def rate(self) -> float:
        """Requests answered per second."""
        return self.requests / self.seconds


def require_tools() -> None:
    """Raise `BenchmarkError`, with the command that mends it, unless wrk and taskset are installed."""
    missing = [package for tool, package in _PACKAGES.items() if not shutil.which(tool)]
    if missing:
        raise BenchmarkError(
            f"Not installed: {', '.join(missing)}. Run: apt-get install -y {' '.join(missing)}"
        )


def drive(url: str, bodies: Path, connections: int, seconds: int, headers: Headers = Headers.BARE) -> Load:
    """Send the lines of `bodies`, one after the other and again, for so long over so many connections.

    Raises:
        BenchmarkError: wrk failed, or some requests did.
    """
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"--timeout={_PATIENCE}s"]
    ended = subprocess.run(  # noqa: S603 - our own command
        [*command, f"--script={_SCRIPT}", url, "--", str(bodies), headers.value],
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise BenchmarkError(
            f"wrk ended with {ended.returncode}: {ended.stderr.strip() or ended.stdout.strip()}"
        )
    load = parse(ended.stdout)
    if not load.requests and not load.failed:
        raise BenchmarkError(
            f"No answer over {connections} connections within {seconds} s; measure for longer."
        )
    if load.failed:
        raise BenchmarkError(
            f"{load.failed} of {load.requests} requests over {connections} connections failed."
        )
    return load


def parse(output: str) -> Load:
    """What wrk printed, by the line of `cycle.lua`. Raises `BenchmarkError` where there is none."""
    for line in output.splitlines():
        kind, *pairs = line.split() or [""]
        if kind == "measured":
            values = dict(pair.split("=") for pair in pairs)
            return Load(
                seconds=float(values["seconds"]),
                requests=int(values["requests"]),
                failed=int(values["failed"]),
                p50_ms=float(values["p50_ms"]),
                p99_ms=float(values["p99_ms"]),
            )
    raise BenchmarkError("wrk printed no measurement; is its LuaJIT support missing?")
