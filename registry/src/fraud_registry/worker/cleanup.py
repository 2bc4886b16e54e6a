"""What becomes of a worker whose parent is gone: it ends what it started, and removes its sandbox.

As a program of its own, executed in the worker's process: none of the SDK's threads is left in it, and
wandb-core is still its child. As long as one of them runs, a folder that is being removed fills again.
"""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

import psutil

_MODULE: Final = "fraud_registry.worker.cleanup"
_PATIENCE: Final = 60.0
"""Seconds for killed processes to be gone."""


def end_with_parent(sandbox: Path, heard: Callable[[bytes], object]) -> NoReturn:
    """Hand on what comes by stdin, which the parent holds open; at its end leave, and nothing behind."""
    while byte := os.read(sys.stdin.fileno(), 1):
        heard(byte)
    os.execv(sys.executable, [sys.executable, "-m", _MODULE, str(sandbox)])  # noqa: S606 - no shell wanted


def main(sandbox: Path) -> int:
    """Exit code 1: what the worker was asked for was not finished."""
    started = psutil.Process().children(recursive=True)
    for process in started:
        process.kill()
    psutil.wait_procs(started, _PATIENCE)
    shutil.rmtree(sandbox, ignore_errors=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
