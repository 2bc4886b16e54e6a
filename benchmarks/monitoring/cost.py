"""`python -m benchmarks.monitoring.cost`: what a monitor beside a release costs it, in turn with and without.

One release serves all the time; the monitor, on the same core, is stopped (SIGSTOP) for every other burst, in
reversed order every other time. It comes with its own settings (a look every 10 s, a window every 60 s, a
delivery to a real registry on the callers' core) but for the explanation of 200 payments once an hour. A look
that fell due while it was stopped is made as soon as it goes on, so the figures are rather too high.
"""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import usage
from benchmarks.cores import Cores
from benchmarks.errors import BenchmarkError
from benchmarks.figures.measurements import Point, Spread
from benchmarks.load.payments import Payments, write_bodies
from benchmarks.load.wrk import drive, require_tools
from benchmarks.plan import Plan
from benchmarks.release import train_release
from benchmarks.services.processes import Running, running
from benchmarks.services.variants import STANDALONE
from benchmarks.session import point
from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL
from fraud_monitor.sources.targets import Target, Targets
from fraud_processes.child import Child
from fraud_processes.ports import any_free
from fraud_processes.program import Program
from fraud_registry.access.account import Account
from fraud_registry.embedded import embedded

_CONNECTIONS: Final = (1, 64)
_STOP_SECONDS: Final = 30.0


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0, or 1 after a line that says why there are no figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.monitoring.cost", description=__doc__)
    parser.add_argument("--rounds", type=int, default=6, help="of a burst with and one without")
    parser.add_argument("--seconds", type=int, default=20, help="of a burst, default %(default)s")
    parser.add_argument("--release", type=Path, help="as `fraudctl train` leaves it; else one is trained")
    options = parser.parse_args(arguments)
    try:
        require_tools()
        with tempfile.TemporaryDirectory(prefix="monitor-cost-") as name:
            _measure(options, Path(name))
    except BenchmarkError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _measure(options: argparse.Namespace, folder: Path) -> None:
    cores = Cores.choose()
    release = options.release or train_release(Plan.short(), folder / "release")
    payments = Payments.draw()
    cores.stay_off_the_servers()
    bodies = write_bodies(map(STANDALONE.api.one, payments.single), folder / "single.jsonl")
    with (
        embedded(folder / "wandb") as account,
        running(STANDALONE, release, cores.server, folder) as served,
        _monitor(served, release, account, cores, folder) as monitor,
    ):
        bench = _Bench(served, monitor, bodies, cores.server, options.seconds)
        for connections in _CONNECTIONS:
            bench.burst(connections, watched=True)  # to warm up
            pairs = [bench.pair(connections, reverse=bool(turn % 2)) for turn in range(options.rounds)]
            _report(connections, pairs)


@contextmanager
def _monitor(served: Running, release: Path, account: Account, cores: Cores, folder: Path) -> Iterator[int]:
    """The process of a monitor on the servers' core, until the context ends."""
    target = Target(
        release="r1",
        admin=served.admin_url,
        api=served.url,
        model=str(release / PRODUCTION_MODEL),
        preprocessor=str(release / PREPROCESSOR),
    )
    Targets(releases=(target,)).write(folder / "targets.json")
    environment = os.environ | {
        "FRAUD_MONITOR_TARGETS": str(folder / "targets.json"),
        "FRAUD_MONITOR_FOLDER": str(folder / "monitor"),
        "FRAUD_MONITOR_PORT": str(any_free(1)[0]),
        "WANDB_BASE_URL": account.base_url,
        "WANDB_API_KEY": account.api_key.get_secret_value(),
        "WANDB_ENTITY": account.entity or "local",
        "WANDB_PROJECT": account.project,
    }
    command = ("taskset", "--cpu-list", str(cores.server), sys.executable, "-m", "fraud_monitor")
    child = Child.start(Program("monitor", command, environment), folder)
    try:
        yield child.pid
    finally:
        os.kill(child.pid, signal.SIGCONT)
        child.stop(_STOP_SECONDS)


@dataclass(frozen=True)
class _Bench:
    served: Running
    monitor: int
    bodies: Path
    core: int
    seconds: int

    def pair(self, connections: int, *, reverse: bool) -> tuple[Point, Point]:
        """A burst without the monitor and one with it."""
        measured = {watched: self.burst(connections, watched=watched) for watched in (reverse, not reverse)}
        return measured[False], measured[True]

    def burst(self, connections: int, *, watched: bool) -> Point:
        """The CPU time is that of the release and, where it runs, of the monitor and all that it starts."""
        os.kill(self.monitor, signal.SIGCONT if watched else signal.SIGSTOP)
        own, busy = self._cpu(), usage.busy_seconds(self.core)
        load = drive(self.served.url + STANDALONE.api.path, self.bodies, connections, self.seconds)
        return point(load, self._cpu() - own, usage.busy_seconds(self.core) - busy)

    def _cpu(self) -> float:
        return usage.cpu_seconds(self.served.processes) + sum(usage.own_and_ended(self.monitor))


def _report(connections: int, pairs: Sequence[tuple[Point, Point]]) -> None:
    cpu = Spread.of(watched.cpu_us / alone.cpu_us for alone, watched in pairs)
    rate = Spread.of(watched.rate / alone.rate for alone, watched in pairs)
    sys.stdout.write(
        f"{connections} connections, {len(pairs)} pairs: requests per second {rate.median:.4f} of those "
        f"without a monitor [{rate.low:.4f}-{rate.high:.4f}], CPU a request {cpu.median:.4f} "
        f"[{cpu.low:.4f}-{cpu.high:.4f}]\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
