"""Predictor and transformer of a release as two processes on this machine."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from fraud_contract.oip import MODEL_NAME
from fraud_local.child import Child, Command
from fraud_local.endpoint import LOOPBACK, Endpoint
from fraud_local.environment import predictor_environ, transformer_environ
from fraud_local.folders import Folders
from fraud_local.ports import any_free

_START: Final = 240.0
"""Seconds to readiness: five on an idle machine, many more beside other work, and this is for what hangs."""
_GRACE: Final = 8.0
"""Seconds to drain. Nobody else's requests are at stake on a laptop."""
_LOOK: Final = 0.5
"""Seconds between two looks whether both still run."""


@dataclass(frozen=True)
class Pair:
    """Both processes, ready."""

    children: Sequence[Child]

    def watch(self) -> NoReturn:
        """Wait for ever; raise `ProcessFailed` as soon as one ends by itself."""
        while True:
            for child in self.children:
                child.require_alive()
            time.sleep(_LOOK)


@contextmanager
def running(folders: Folders, endpoint: Endpoint, environ: Mapping[str, str], logs: Path) -> Iterator[Pair]:
    """The release, ready at `endpoint`; at the end the transformer is stopped first, then its predictor.

    Raises:
        ProcessFailed: one did not get ready; neither is left.
    """
    with ExitStack() as stack:
        children = []
        for command in _commands(folders, endpoint, environ):
            child = Child.start(command, logs)
            stack.callback(child.stop, _GRACE)
            children.append(child)
        _wait_ready(children)
        yield Pair(children)


def _wait_ready(children: Sequence[Child]) -> None:
    """The transformer waits for the predictor: should that one fail, its words are the ones that help."""
    for child in children:
        child.wait_ready(_START)


def _commands(folders: Folders, endpoint: Endpoint, environ: Mapping[str, str]) -> tuple[Command, Command]:
    http, grpc = any_free(2)
    return (
        Command(
            "predictor",
            (sys.executable, "-m", "fraud_predictor"),
            predictor_environ(environ, folders, http, grpc),
            f"http://{LOOPBACK}:{http}/v2/models/{MODEL_NAME}/ready",
        ),
        Command(
            "transformer",
            (sys.executable, "-m", "fraud_transformer"),
            transformer_environ(environ, folders, endpoint, grpc),
            f"{endpoint.admin_url}/ready",
        ),
    )
