"""The same artifacts as two releases behind one Envoy."""

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.errors import BenchmarkError
from fraud_contract.artifacts.loading import (
    PREPROCESSOR,
    PRODUCTION_MODEL,
    ModelArtifact,
    PreprocessorArtifact,
)
from fraud_contract.release import Release
from fraud_local.endpoint import LOOPBACK
from fraud_local.envoy.admin import Traffic
from fraud_local.envoy.proxy import Ports, Proxy, binary
from fraud_local.envoy.upstream import Upstream
from fraud_local.errors import ProxyAway
from fraud_local.folders import Folders
from fraud_local.platform.installation import Installations, InstalledRelease
from fraud_local.platform.release_processes import ReleaseProcesses
from fraud_processes.detached import DetachedProcesses
from fraud_processes.ports import any_free
from fraud_rollout.core.state.release import Artifact
from fraud_rollout.core.state.release import Release as Pinned
from fraud_simulator.payments import SAMPLE, draw, read

STABLE: Final = "fraud-stable"
CANARY: Final = "fraud-canary"
_READY: Final = 240.0
_ROUTED: Final = 60.0
_LOOK: Final = 0.01
_DISTINCT: Final = 5_000


@dataclass(frozen=True)
class Pair:
    """Both releases, ready, and the proxy before them."""

    proxy: Proxy
    stable: InstalledRelease
    canary: InstalledRelease

    @property
    def url(self) -> str:
        """Through Envoy."""
        return f"http://{LOOPBACK}:{self.proxy.ports.public}"

    @property
    def direct(self) -> str:
        """To stable's transformer, past Envoy."""
        return f"http://{LOOPBACK}:{self.stable.http}"

    def route(self, percent: int) -> None:
        """Return once `percent` of the requests go to the canary."""
        upstreams = [
            Upstream(each.name, each.http, each.grpc, each.admin) for each in (self.stable, self.canary)
        ]
        weights = {STABLE: 100 - percent, CANARY: percent}
        wait(lambda: _routed(self.proxy, upstreams, weights), _ROUTED, f"Envoy did not take {percent} %")

    def counted(self) -> Mapping[str, int]:
        """Requests that each release answered so far."""
        counted = self.proxy.admin.traffic()
        return {name: counted.get(name, Traffic()).requests for name in (STABLE, CANARY)}


def wait(done: Callable[[], object], seconds: float, problem: str, pause: float = _LOOK) -> None:
    """Return once `done` is true. Raises `BenchmarkError` with `problem` after so many seconds."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise BenchmarkError(f"{problem} within {seconds:g} s.")
        time.sleep(pause)


def payments() -> list[dict[str, object]]:
    """Different payments to cycle through, none of which a training saw."""
    return [
        each.transaction(f"bench-{number}") for number, each in enumerate(draw(read(SAMPLE), _DISTINCT, 0))
    ]


@contextmanager
def served(release: Path, folder: Path) -> Iterator[Pair]:
    """The release in `release`, a trained folder, twice. Raises `BenchmarkError` where one is not ready."""
    processes = DetachedProcesses(folder / "processes", folder / "log")
    installations = Installations(folder / "releases")
    proxy = Proxy(binary(), Ports(LOOPBACK, *any_free(3)), folder / "envoy", processes)
    token = secrets.token_urlsafe(24)
    runs = {
        name: ReleaseProcesses(processes, {**os.environ, "FRAUD_RELEASE": name}, token)
        for name in (STABLE, CANARY)
    }
    installed = {name: _installed(installations, release, name) for name in runs}
    try:
        proxy.ensure()
        for name, each in runs.items():
            each.ensure(installed[name])
        for name, each in runs.items():
            wait(partial(_ready, each, installed[name]), _READY, f"{name} was not ready")
        yield Pair(proxy, installed[STABLE], installed[CANARY])
    finally:
        proxy.stop()
        for name, each in runs.items():
            each.stop(installed[name])


def _ready(runs: ReleaseProcesses, installed: InstalledRelease) -> bool:
    readiness = runs.readiness(installed)
    if readiness.failure or readiness.altered:
        raise BenchmarkError(readiness.failure or readiness.altered)
    runs.ensure(installed)
    return readiness.ready


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


def _routed(proxy: Proxy, upstreams: list[Upstream], weights: Mapping[str, int]) -> bool:
    try:
        return proxy.route(upstreams, weights)
    except ProxyAway:
        return False
