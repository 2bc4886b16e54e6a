"""Releases as real processes behind a real Envoy."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from fraud_local.envoy.proxy import Ports, Proxy, binary
from fraud_local.envoy.upstream import Upstream
from fraud_local.errors import ProxyAway
from fraud_processes.detached import DetachedProcesses
from support.artifacts.releases import Folders
from support.processes import Process, Start, free_port
from support.waiting import eventually


def start_release(start: Start, folders: Folders, name: str) -> Process:
    """Predictor and transformer of one release; the transformer is ready."""
    predictor = start("fraud_predictor", MODEL_DIR=folders.model)
    transformer = start(
        "fraud_transformer",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        PREDICTOR=f"127.0.0.1:{predictor.grpc_port}",
        RELEASE=name,
    )
    transformer.wait_ready()
    return transformer


def upstream(name: str, transformer: Process) -> Upstream:
    """Where Envoy finds it."""
    return Upstream(name, transformer.http_port, transformer.grpc_port, transformer.admin_port)


@contextlib.contextmanager
def proxy(folder: Path) -> Iterator[Proxy]:
    """A running Envoy on free ports, which ends with the context."""
    ports = Ports("127.0.0.1", free_port(), free_port(), free_port())
    envoy = Proxy(binary(), ports, folder / "envoy", DetachedProcesses(folder / "processes", folder / "log"))
    envoy.ensure()
    try:
        yield envoy
    finally:
        envoy.stop()


def route(envoy: Proxy, upstreams: list[Upstream], weights: Mapping[str, int]) -> None:
    """Return once the weights are in force."""
    eventually(lambda: envoy.route(upstreams, weights), seconds=30, pause=0.01, not_yet=ProxyAway)
