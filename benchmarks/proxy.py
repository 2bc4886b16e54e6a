"""Envoy before two releases: requests lost while weights move, shares, time of the way back, and its cost.

`python -m benchmarks.proxy RELEASE`, the folder that `fraudctl train` wrote; some two minutes. Prints one
JSON object.
"""

import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import sqrt
from pathlib import Path
from statistics import quantiles
from typing import Final

from fraud_contract.artifacts.loading import (
    PREPROCESSOR,
    PRODUCTION_MODEL,
    ModelArtifact,
    PreprocessorArtifact,
)
from fraud_contract.release import Release
from fraud_local.endpoint import LOOPBACK
from fraud_local.envoy.proxy import Ports, Proxy, binary
from fraud_local.envoy.upstream import Upstream
from fraud_local.errors import ProxyAway
from fraud_local.folders import Folders
from fraud_local.platform.installation import Installations, InstalledRelease
from fraud_local.platform.processes import Processes
from fraud_local.platform.release_processes import ReleaseProcesses
from fraud_local.ports import any_free
from fraud_rollout.core.state.release import Artifact
from fraud_rollout.core.state.release import Release as Pinned
from fraud_simulator.client import Request
from fraud_simulator.connection import Target
from fraud_simulator.outcome import Failure
from fraud_simulator.payments import SAMPLE, draw, read
from fraud_simulator.sender import Pace, Sender, requests

_CHANGES: Final = 50
_BETWEEN: Final = 0.7
"""Seconds at each weight."""
_PACE: Final = Pace(concurrency=8, delay=0.02)
"""Some 300 requests a second."""
_COST: Final = 3_000
"""Requests, each way."""

Both = tuple[InstalledRelease, InstalledRelease]
"""Stable and canary."""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch, _served(Path(sys.argv[1]), Path(scratch)) as (proxy, both):
        moved = _moved(proxy, both)
        back = _way_back(proxy, both)
        _route(proxy, both, 0)
        ways = {"direct": both[0].http, "through Envoy": proxy.ports.public}
        cost = {name: _latencies(port) for name, port in ways.items()}
    sys.stdout.write(
        json.dumps({**moved, "seconds_back_from_50": back, "milliseconds": cost}, indent=1) + "\n"
    )


@contextmanager
def _served(release: Path, folder: Path) -> Iterator[tuple[Proxy, Both]]:
    """The same artifacts under two names, ready, and Envoy before them."""
    processes = Processes(folder / "processes", folder / "log")
    installations = Installations(folder / "releases")
    proxy = Proxy(binary(), Ports(LOOPBACK, *any_free(3)), folder / "envoy", processes)
    pairs = []
    for name in ("fraud-stable", "fraud-canary"):
        runs = ReleaseProcesses(processes, {**os.environ, "FRAUD_RELEASE": name}, "token")
        pairs.append((_installed(installations, release, name), runs))
    try:
        proxy.ensure()
        for installed, runs in pairs:
            while not runs.presence(installed).ready:
                runs.ensure(installed)
                time.sleep(0.1)
        yield proxy, (pairs[0][0], pairs[1][0])
    finally:
        proxy.stop()
        for installed, runs in pairs:
            runs.stop(installed)


def _installed(installations: Installations, folder: Path, name: str) -> InstalledRelease:
    model = ModelArtifact.load(folder / PRODUCTION_MODEL)
    preprocessor = PreprocessorArtifact.load(folder / PREPROCESSOR)
    pinned = Pinned(
        name=name,
        digest=Release.of(model, preprocessor).fingerprint,
        model=Artifact(version=model.version, digest=model.digest),
        preprocessor=Artifact(version=preprocessor.version, digest=preprocessor.digest),
    )
    return installations.install(pinned, Folders(model.folder, preprocessor.folder))


def _route(proxy: Proxy, both: Both, canary: int) -> None:
    """Return once the weight is in force."""
    upstreams = [Upstream(each.name, each.http, each.grpc, each.admin) for each in both]
    weights = {both[0].name: 100 - canary, both[1].name: canary}
    while True:
        try:
            if proxy.route(upstreams, weights):
                return
        except ProxyAway:
            pass
        time.sleep(0.01)


def _moved(proxy: Proxy, both: Both) -> Mapping[str, object]:
    """What was lost, and the worst share in standard deviations, while the weight moved so often."""
    sender = Sender(Target.parse(f"http://{LOOPBACK}:{proxy.ports.public}"), _planned(200_000), _PACE)
    thread = threading.Thread(target=sender.run, args=(_ignored,), daemon=True)
    _route(proxy, both, 50)
    thread.start()
    worst, chosen = 0.0, random.Random(0)  # noqa: S311 - repeatable, and no secret
    for _ in range(_CHANGES):
        weight = chosen.randrange(5, 96)
        _route(proxy, both, weight)
        before = proxy.admin.traffic()
        time.sleep(_BETWEEN)
        after = proxy.admin.traffic()
        mine, all_ = (
            sum(after[each.name].requests - before[each.name].requests for each in part)
            for part in (both[1:], both)
        )
        share = weight / 100
        worst = max(worst, abs(mine - all_ * share) / sqrt(all_ * share * (1 - share)))
    sender.stop()
    thread.join()
    failed = sum(isinstance(each.result, Failure) for each in sender.outcomes)
    return {
        "changes": _CHANGES,
        "requests": len(sender.outcomes),
        "a_second": round(len(sender.outcomes) / sender.seconds),
        "lost": failed,
        "worst_share_in_standard_deviations": round(worst, 2),
    }


def _way_back(proxy: Proxy, both: Both) -> float:
    """Seconds from the wish to leave 50 % until the weight in force is 0."""
    _route(proxy, both, 50)
    begun = time.monotonic()
    _route(proxy, both, 0)
    return round(time.monotonic() - begun, 3)


def _latencies(port: int) -> Mapping[str, float]:
    sender = Sender(
        Target.parse(f"http://{LOOPBACK}:{port}"), _planned(_COST), Pace(concurrency=2, delay=0.008)
    )
    sender.run(_ignored)
    hundredths = quantiles([each.seconds * 1000 for each in sender.outcomes], n=100)
    return {"p50": round(hundredths[49], 2), "p99": round(hundredths[98], 2)}


def _planned(count: int) -> tuple[Request, ...]:
    return requests(draw(read(SAMPLE), count, 0), batch=None)


def _ignored(done: int, failed: int) -> None:
    del done, failed


if __name__ == "__main__":
    main()
