"""`python -m benchmarks.monitoring.cost`: what a monitor beside a release costs it.

The goal is one in a hundred, and a burst's rate varies by more than that. So nothing is read off two rates:

* Looks are made ten times as often as by default while short bursts run in turn with and without them; a
  tenth of the mean difference of the pairs is what looks cost at their own pace, within a bootstrap interval.
* What a look takes of the release alone is its CPU time over many answers of `/metrics`, without other load.
* What the monitor takes itself is its CPU time, and that of all it starts, over whole cycles under load: from
  one delivery to W&B to the next. Windows and looks are half as long as by default, so a cycle is half as
  long, and its share of a core is given for the cycle at its own pace.

The monitor shares the servers' core with the release, and the registry is on the callers'.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Final

import httpx

from benchmarks import in_turn, usage
from benchmarks.errors import BenchmarkError
from benchmarks.figures.measurements import Mean, Point
from benchmarks.in_turn import Setup
from benchmarks.load.burst import Burst
from benchmarks.load.payments import write_bodies
from benchmarks.services.processes import Running, running
from benchmarks.services.variants import STANDALONE
from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL
from fraud_monitor.http.status import MonitorStatus
from fraud_monitor.settings import MonitorSettings
from fraud_monitor.sources.targets import Target, Targets
from fraud_processes.child import Child
from fraud_processes.ports import any_free
from fraud_processes.program import Program
from fraud_registry.access.account import Account
from fraud_registry.embedded import embedded

_CONNECTIONS: Final = 64
_OFTEN: Final = 10
"""Times as many looks as by default, in bursts."""
_FASTER: Final = 2
"""Times the default pace, in cycles: windows are then as short as they may be."""
_ANSWERS: Final = 300
_SETTLE: Final = 1.5
"""Seconds before a burst, in which a look is made that fell due meanwhile."""
_POLL: Final = 2.0
"""Seconds between two questions, which cost the monitor a millisecond each."""
_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 30.0
_CYCLE_SECONDS: Final = 600.0
"""For two deliveries, else the registry does not take them."""
_DEFAULT: Final = MonitorSettings()


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0, or 1 after a line that says why there are no figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.monitoring.cost", description=__doc__)
    return in_turn.run(parser, arguments, 4, _measure)


def _measure(options: argparse.Namespace, setup: Setup) -> None:
    bodies = write_bodies(map(STANDALONE.api.one, setup.payments.single), setup.folder / "single.jsonl")
    with (
        embedded(setup.folder / "wandb") as account,
        running(STANDALONE, setup.release, setup.cores.server, setup.folder) as served,
    ):
        burst = Burst(served.url + STANDALONE.api.path, bodies, _CONNECTIONS, options.seconds)
        burst.measure(lambda: 0.0, setup.cores.server)  # to warm up, and so that its metrics have all series
        _answers(served)
        _looks(burst, served, account, setup, options.rounds)
        _cycle(burst, served, account, setup)


def _answers(served: Running) -> None:
    """What `/metrics` takes of the release."""
    with httpx.Client(base_url=served.admin_url, trust_env=False) as client:
        size = len(client.get("/metrics").content)
        before = usage.cpu_seconds(served.processes)
        for _ in range(_ANSWERS):
            client.get("/metrics").raise_for_status()
        each = (usage.cpu_seconds(served.processes) - before) / _ANSWERS
    share = each / _DEFAULT.monitor_scrape
    _say(
        f"/metrics: {size:,} bytes, {1e3 * each:.1f} ms of the release's CPU, {share:.3%} of a core by looks"
    )


def _looks(burst: Burst, served: Running, account: Account, setup: Setup, rounds: int) -> None:
    """Pairs of bursts; no window ends meanwhile."""
    often = {
        "FRAUD_MONITOR_SCRAPE": str(_DEFAULT.monitor_scrape / _OFTEN),
        "FRAUD_MONITOR_INTERVAL": "3600",
    }
    with _monitor(served, account, setup, often) as monitor:
        alone, watched = (
            partial(_burst, burst, served, monitor, setup.cores.server, watched=each)
            for each in (False, True)
        )
        pairs = in_turn.pairs(alone, watched, rounds)
    for name, differences in {
        "requests a second lost": [1 - after.rate / before.rate for before, after in pairs],
        "CPU a request more": [after.cpu_us / before.cpu_us - 1 for before, after in pairs],
    }.items():
        mean = Mean.of([each / _OFTEN for each in differences])
        _say(
            f"looks, {_CONNECTIONS} connections, {rounds} pairs of {burst.seconds} s: {name} "
            f"{mean.mean:.2%} [{mean.low:.2%}, {mean.high:.2%}]"
        )


def _burst(burst: Burst, served: Running, monitor: "_Watching", core: int, *, watched: bool) -> Point:
    """The CPU time is that of the release and of the monitor."""
    os.kill(monitor.pid, signal.SIGCONT if watched else signal.SIGSTOP)
    time.sleep(_SETTLE)
    return burst.measure(lambda: usage.cpu_seconds(served.processes) + monitor.cpu_seconds(), core)


def _cycle(burst: Burst, served: Running, account: Account, setup: Setup) -> None:
    """From the first delivery, which stands alone, to the next."""
    faster = {
        "FRAUD_MONITOR_SCRAPE": str(_DEFAULT.monitor_scrape / _FASTER),
        "FRAUD_MONITOR_INTERVAL": str(_DEFAULT.monitor_interval / _FASTER),
    }
    with (
        _monitor(served, account, setup, faster) as monitor,
        _loaded(burst),
    ):
        monitor.wait_delivered(1)
        own, others = monitor.own(), monitor.started()
        busy, release = usage.busy_seconds(setup.cores.server), usage.cpu_seconds(served.processes)
        monitor.wait_delivered(1 + _DEFAULT.monitor_batch)
        own, others = monitor.own() - own, monitor.started() - others
        busy = usage.busy_seconds(setup.cores.server) - busy
        release = usage.cpu_seconds(served.processes) - release
    windows = _DEFAULT.monitor_batch
    lasts = windows * _DEFAULT.monitor_interval
    each, share = (own + others) / windows, (own + others) / lasts
    _say(
        f"{windows} windows and their delivery: {own:.2f} s of the monitor and {others:.2f} s of the "
        f"SDK that it starts; {each:.2f} s a window, {share:.2%} of a core"
    )
    _say(f"    not accounted for on that core meanwhile: {busy - release - own - others:.2f} s")


@contextmanager
def _loaded(burst: Burst) -> Iterator[None]:
    """Load until the context ends. Raises `BenchmarkError` where a request failed."""
    ended = Event()

    def drive() -> None:
        while not ended.is_set():
            burst.measure(lambda: 0.0, 0)

    with ThreadPoolExecutor(1) as pool:
        driven = pool.submit(drive)
        try:
            yield
        finally:
            ended.set()
        driven.result()


@dataclass(frozen=True)
class _Watching:
    """A running monitor."""

    pid: int
    port: int

    def own(self) -> float:
        """CPU seconds of the process."""
        return usage.own_and_ended(self.pid)[0]

    def started(self) -> float:
        """CPU seconds of what it started, such as W&B's SDK, once that has ended."""
        return usage.own_and_ended(self.pid)[1]

    def cpu_seconds(self) -> float:
        """Both."""
        return self.own() + self.started()

    def wait_delivered(self, windows: int) -> None:
        """Return once W&B has so many. Raises `BenchmarkError` where that takes too long."""
        ends, status = time.monotonic() + _CYCLE_SECONDS, self.status()
        while status.delivered < windows:
            if time.monotonic() > ends:
                raise BenchmarkError(
                    f"W&B has {status.delivered} windows, not {windows}. {status.delivery_error}"
                )
            time.sleep(_POLL)
            status = self.status()

    def status(self) -> MonitorStatus:
        """What it knows; its own port answers."""
        answer = httpx.get(f"http://127.0.0.1:{self.port}/status", trust_env=False, timeout=_START_SECONDS)
        return MonitorStatus.model_validate_json(answer.content)

    def answers(self) -> bool:
        """Whether its port is open."""
        try:
            return bool(self.status())
        except httpx.HTTPError:
            return False


@contextmanager
def _monitor(
    served: Running, account: Account, setup: Setup, settings: dict[str, str]
) -> Iterator[_Watching]:
    """A monitor on the servers' core, with these settings and its own, until the context ends."""
    release, folder = setup.release, setup.folder / f"monitor-{settings['FRAUD_MONITOR_INTERVAL']}"
    target = Target(
        release="r1",
        admin=served.admin_url,
        api=served.url,
        model=str(release / PRODUCTION_MODEL),
        preprocessor=str(release / PREPROCESSOR),
    )
    folder.mkdir()
    Targets(releases=(target,)).write(folder / "targets.json")
    port = any_free(1)[0]
    environment = os.environ | settings | {
        "FRAUD_MONITOR_TARGETS": str(folder / "targets.json"),
        "FRAUD_MONITOR_FOLDER": str(folder / "state"),
        "FRAUD_MONITOR_PORT": str(port),
        "WANDB_BASE_URL": account.base_url,
        "WANDB_API_KEY": account.api_key.get_secret_value(),
        "WANDB_ENTITY": account.entity or "local",
        "WANDB_PROJECT": account.project,
    }  # fmt: skip
    taskset = shutil.which("taskset") or "taskset"
    command = (taskset, "--cpu-list", str(setup.cores.server), sys.executable, "-m", "fraud_monitor")
    child = Child.start(Program("monitor", command, environment), folder)
    watching = _Watching(child.pid, port)
    try:
        child.wait_ready(watching.answers, _START_SECONDS)
        yield watching
    finally:
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGCONT)
        child.stop(_STOP_SECONDS)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
