"""A burst of load on one service, and what it cost."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import usage
from benchmarks.figures.measurements import Point
from benchmarks.load.wrk import Headers, Load, drive


@dataclass(frozen=True)
class Burst:
    """Requests in a closed loop."""

    url: str
    bodies: Path
    connections: int
    seconds: int
    headers: Headers = Headers.BARE

    def measure(self, cpu_seconds: Callable[[], float], core: int) -> Point:
        """Its figures; `cpu_seconds` is the CPU time of the service so far, on the servers' `core`."""
        own, busy = cpu_seconds(), usage.busy_seconds(core)
        load = drive(self.url, self.bodies, self.connections, self.seconds, self.headers)
        return point(load, cpu_seconds() - own, usage.busy_seconds(core) - busy)


def point(load: Load, own_seconds: float, busy_seconds: float) -> Point:
    """A measurement, given the time that the service and everybody spent on its core meanwhile."""
    return Point(
        rate=load.rate,
        p50_ms=load.p50_ms,
        p99_ms=load.p99_ms,
        cpu_us=own_seconds / load.requests * 1e6,
        foreign=max(0.0, busy_seconds - own_seconds) / load.seconds,
    )
