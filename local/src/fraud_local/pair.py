"""Predictor and transformer of a release as two processes on this machine."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from fraud_contract.oip import MODEL_NAME
from fraud_local.endpoint import LOOPBACK, Endpoint
from fraud_local.environment import predictor_environ, transformer_environ
from fraud_local.folders import Folders
from fraud_processes.child import Child
from fraud_processes.ports import any_free
from fraud_processes.program import Program

_START: Final = 240.0
"""Seconds to readiness: five on an idle machine, many more beside other work, and this is for what hangs."""
_GRACE: Final = 8.0
"""Seconds to drain. No customer's requests are at stake on a laptop."""
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
        http, grpc = any_free(2)
        predictor, transformer = _programs(folders, endpoint, environ, http, grpc)
        readiness = {
            _start(predictor, logs, stack): f"http://{LOOPBACK}:{http}/v2/models/{MODEL_NAME}/ready",
            _start(transformer, logs, stack): f"{endpoint.admin_url}/ready",
        }
        # The transformer waits for the predictor: should that one fail, its words are the ones that help.
        for child, url in readiness.items():
            child.wait_answers(url, _START)
        yield Pair(tuple(readiness))


def _start(program: Program, logs: Path, stack: ExitStack) -> Child:
    child = Child.start(program, logs)
    stack.callback(child.stop, _GRACE)
    return child


def _programs(
    folders: Folders, endpoint: Endpoint, environ: Mapping[str, str], http: int, grpc: int
) -> tuple[Program, Program]:
    return (
        Program(
            "predictor",
            (sys.executable, "-m", "fraud_predictor"),
            predictor_environ(environ, folders, http, grpc),
        ),
        Program(
            "transformer",
            (sys.executable, "-m", "fraud_transformer"),
            transformer_environ(environ, folders, endpoint, grpc),
        ),
    )
