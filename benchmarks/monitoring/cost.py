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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final

from benchmarks import in_turn, usage
from benchmarks.figures.measurements import Point, Spread
from benchmarks.in_turn import Setup
from benchmarks.load.burst import Burst
from benchmarks.load.payments import write_bodies
from benchmarks.services.processes import Running, running
from benchmarks.services.variants import STANDALONE
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
    return in_turn.run(parser, arguments, 20, _compare)


def _compare(options: argparse.Namespace, setup: Setup) -> None:
    payments, folder, core = setup.payments, setup.folder, setup.cores.server
    bodies = write_bodies(map(STANDALONE.api.one, payments.single), folder / "single.jsonl")
    with (
        embedded(folder / "wandb") as account,
        running(STANDALONE, setup.release, core, folder) as served,
        _monitor(served, account, setup) as monitor,
    ):
        for connections in _CONNECTIONS:
            burst = Burst(served.url + STANDALONE.api.path, bodies, connections, options.seconds)
            alone, watched = (
                partial(_measure, burst, served, monitor, core, watched=each) for each in (False, True)
            )
            watched()  # to warm up
            _report(connections, in_turn.pairs(alone, watched, options.rounds))


@contextmanager
def _monitor(served: Running, account: Account, setup: Setup) -> Iterator[int]:
    """The process of a monitor on the servers' core, until the context ends."""
    release, folder = setup.release, setup.folder
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
    command = ("taskset", "--cpu-list", str(setup.cores.server), sys.executable, "-m", "fraud_monitor")
    child = Child.start(Program("monitor", command, environment), folder)
    try:
        yield child.pid
    finally:
        os.kill(child.pid, signal.SIGCONT)
        child.stop(_STOP_SECONDS)


def _measure(burst: Burst, served: Running, monitor: int, core: int, *, watched: bool) -> Point:
    """The CPU time is that of the release and, where it runs, of the monitor and all that it starts."""
    os.kill(monitor, signal.SIGCONT if watched else signal.SIGSTOP)

    def cpu_seconds() -> float:
        return usage.cpu_seconds(served.processes) + sum(usage.own_and_ended(monitor))

    return burst.measure(cpu_seconds, core)


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
