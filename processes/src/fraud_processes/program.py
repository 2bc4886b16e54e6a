"""What to run, and the three ways to start it; each in a session of its own, which Ctrl-C does not reach."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import psutil

from fraud_processes import guard


@dataclass(frozen=True)
class Program:
    """What to run under which name."""

    name: str
    arguments: Sequence[str]
    environ: Mapping[str, str]
    """All of its environment; nothing is inherited."""
    folder: Path | None = None
    """Its working folder; None is ours."""


def start_detached(program: Program, log: Path) -> int:
    """Start it so that it outlives this process, and return its pid; what it prints goes to `log`."""
    with _emptied(log) as output:
        process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            list(program.arguments),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(program.environ),
            cwd=program.folder,
            start_new_session=True,
        )
    # Popen complains of children that live on; the parent at its end takes the status.
    process.returncode = 0
    return process.pid


def tied(program: Program) -> Program:
    """The program, which then never outlives this process, however that ends.

    Start it from the main thread: the kernel ends it with the thread that started it.
    """
    guarded = (sys.executable, "-I", "-S", guard.__file__, str(os.getpid()), *program.arguments)
    return replace(program, arguments=guarded)


def start_tied(program: Program, log: Path) -> psutil.Popen:
    """Start it `tied` to this process; what it prints goes to `log`."""
    with _emptied(log) as output:
        return psutil.Popen(
            list(tied(program).arguments),
            stdin=subprocess.PIPE,  # closed by our end, which it can watch where the kernel ends no child
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(program.environ),
            cwd=program.folder,
            start_new_session=True,
        )


def start_piped(program: Program) -> subprocess.Popen[str]:
    """Start it with pipes of text for input, output and errors; its input is closed by our end."""
    return subprocess.Popen(  # noqa: S603 - our own command, no shell
        list(program.arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=dict(program.environ),
        cwd=program.folder,
        start_new_session=True,
    )


def _emptied(log: Path) -> IO[bytes]:
    log.parent.mkdir(parents=True, exist_ok=True)
    output = log.open("ab")
    output.truncate(0)
    return output
