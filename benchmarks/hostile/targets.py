"""The processes that are attacked: all in one, transformer and predictor, and with TLS."""

import http.client
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from support.artifacts.releases import Folders, write_release
from support.certificates import issue
from support.processes import Process, Start, started

TIMEOUT: Final = 20.0
"""Seconds for an answer."""
_READY: Final = 240.0


@dataclass(frozen=True)
class Target:
    """What callers reach, and the processes that must not suffer."""

    name: str
    front: Process
    """Which takes payments."""
    processes: tuple[Process, ...]
    """All that answer for it."""
    tls: ssl.SSLContext | None = None
    """What callers trust, where they speak TLS."""

    def client(self, port: int) -> http.client.HTTPConnection:
        """A connection to a port of the front; the public ones may speak TLS."""
        if self.tls is not None and port == self.front.http_port:
            return http.client.HTTPSConnection("localhost", port, timeout=TIMEOUT, context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)


def _standalone(start: Start, folders: Folders, _: Path) -> Target:
    process = start("fraud_standalone", MODEL_DIR=folders.model, PREPROCESSOR_DIR=folders.preprocessor)
    return Target("standalone", process, (process,))


def _pair(start: Start, folders: Folders, _: Path) -> Target:
    predictor = start("fraud_predictor", MODEL_DIR=folders.model)
    transformer = start(
        "fraud_transformer",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        PREDICTOR=f"127.0.0.1:{predictor.grpc_port}",
    )
    return Target("pair", transformer, (transformer, predictor))


def _tls(start: Start, folders: Folders, scratch: Path) -> Target:
    files = issue(scratch / "tls")
    process = start(
        "fraud_standalone",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        TLS_CERT=files.chain,
        TLS_KEY=files.key,
    )
    return Target("tls", process, (process,), files.trusting())


TARGETS: Final[Mapping[str, Callable[[Start, Folders, Path], Target]]] = {
    "standalone": _standalone,
    "pair": _pair,
    "tls": _tls,
}


@contextmanager
def running(name: str) -> Iterator[Target]:
    """One of `TARGETS`, ready, ended with the context."""
    with tempfile.TemporaryDirectory() as folder, started() as start:
        target = TARGETS[name](start, write_release(Path(folder), mean=70.1), Path(folder))
        for process in target.processes:
            process.wait_ready(_READY)
            threading.Thread(target=_drain, args=(process,), daemon=True).start()
        yield target


def _drain(process: Process) -> None:
    """Take its log, which it would else wait with once a pipe's worth is written."""
    for _ in process.popen.stderr or ():
        pass
