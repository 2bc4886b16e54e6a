"""A process of ours: started, watched until it is ready, stopped; it never outlives this one."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Final, Self
from urllib.error import URLError
from urllib.parse import urlsplit

from fraud_contract.direct import opener_for
from fraud_local import guard
from fraud_local.errors import ProcessFailed
from fraud_local.ports import listens

_POLL: Final = 0.05
"""Seconds between two looks at a starting process."""
_ANSWER: Final = 5.0
"""Seconds that a readiness route may take."""
_OK: Final = 200
_HTTP: Final = 80
_ERROR: Final = "error: "


@dataclass(frozen=True)
class Command:
    """What to run, under which name, and the URL that answers 200 once it is ready."""

    name: str
    arguments: Sequence[str]
    environ: Mapping[str, str]
    ready: str


class Child:
    """A running process. Its output goes to a log of its own."""

    def __init__(self, command: Command, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = command.name
        self.pid = process.pid
        self._ready = command.ready
        self._port = urlsplit(command.ready).port or _HTTP
        self._process = process
        self._log = log

    @classmethod
    def start(cls, command: Command, logs: Path) -> Self:
        """Start it, in a session of its own: Ctrl-C reaches this process alone, which then stops it.

        Call this from the main thread: the kernel ends the child with the thread that started it.
        """
        logs.mkdir(parents=True, exist_ok=True)
        path = logs / f"{command.name}.log"
        tied = [sys.executable, "-I", "-S", guard.__file__, str(os.getpid()), *command.arguments]
        with path.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                tied,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(command.environ),
                start_new_session=True,
            )
        return cls(command, process, path)

    def wait_ready(self, seconds: float) -> None:
        """Return once its readiness URL answers 200.

        Raises:
            ProcessFailed: it ended, or was not ready within `seconds`; with its own last words.
        """
        deadline = time.monotonic() + seconds
        while not self._answers():
            self.require_alive()
            if time.monotonic() > deadline:
                raise ProcessFailed(f"{self.name} was not ready within {seconds:g} s{self._last_words()}")
            time.sleep(_POLL)

    def require_alive(self) -> None:
        """Raise `ProcessFailed` if it ended."""
        code = self._process.poll()
        if code is not None:
            how = f"with exit code {code}" if code >= 0 else f"by signal {-code}"
            raise ProcessFailed(f"{self.name} ended by itself, {how}{self._last_words()}")

    def stop(self, grace: float) -> None:
        """Ask it to end (SIGTERM); kill it after `grace` seconds. Returns when it is gone."""
        self._process.terminate()
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        try:
            with opener_for(self._ready).open(self._ready, timeout=_ANSWER) as response:
                # The port may have been taken by another one since it was chosen, even one of our own kind.
                return response.status == _OK and listens(self.pid, self._port)
        except (URLError, HTTPException, OSError):
            return False

    def _last_words(self) -> str:
        """The error line of its log, or the last one, and where the rest is."""
        lines = [line.strip() for line in self._log.read_text(errors="replace").splitlines() if line.strip()]
        errors = [line.removeprefix(_ERROR) for line in lines if line.startswith(_ERROR)]
        words = (errors or lines or ["It said nothing."])[-1]
        return f": {words} (log: {self._log})"
