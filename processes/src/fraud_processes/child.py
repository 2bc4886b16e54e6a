"""A child process: started, watched until it is ready, stopped; it never outlives this process."""

import time
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Final, Self
from urllib.error import URLError
from urllib.parse import urlsplit

import psutil

from fraud_contract.direct import opener_for
from fraud_processes.ending import end
from fraud_processes.errors import ProcessFailed
from fraud_processes.log import last_words
from fraud_processes.ports import listens
from fraud_processes.program import Program, start_tied

_POLL: Final = 0.02
"""Seconds between two looks at a starting process."""
_ANSWER: Final = 5.0
"""Seconds that a readiness route may take."""
_OK: Final = 200
_HTTP: Final = 80


class Child:
    """A running process. Its output goes to a log of its own."""

    def __init__(self, name: str, process: psutil.Popen, log: Path) -> None:
        self.name = name
        self.pid = process.pid
        self._process = process
        self._log = log

    @classmethod
    def start(cls, program: Program, logs: Path) -> Self:
        """Start it; its log is `NAME.log` in the folder `logs`. From the main thread, see `start_tied`."""
        log = logs / f"{program.name}.log"
        return cls(program.name, start_tied(program, log), log)

    def wait_ready(self, is_ready: Callable[[], bool], seconds: float) -> None:
        """Return once `is_ready`.

        Raises:
            ProcessFailed: it ended, or was not ready within `seconds`; with its own last words.
        """
        deadline = time.monotonic() + seconds
        while True:
            # Looked at first: what made it end may have made it superfluous, such as another one of its kind.
            ended = self._process.poll() is not None
            if is_ready():
                return
            if ended:
                self.require_alive()
            if time.monotonic() > deadline:
                raise ProcessFailed(
                    f"{self.name} was not ready within {seconds:g} s: {last_words(self._log)}"
                )
            time.sleep(_POLL)

    def wait_answers(self, url: str, seconds: float) -> None:
        """Return once it answers 200 at `url`; raises as `wait_ready` does."""
        self.wait_ready(lambda: self._answers(url), seconds)

    def require_alive(self) -> None:
        """Raise `ProcessFailed` if it ended."""
        code = self._process.poll()
        if code is not None:
            how = f"with exit code {code}" if code >= 0 else f"by signal {-code}"
            raise ProcessFailed(f"{self.name} ended by itself, {how}: {last_words(self._log)}")

    def stop(self, grace: float) -> None:
        """Ask it to end (SIGTERM); kill it after `grace` seconds. Returns when it is gone."""
        with self._process:  # which closes its input
            end(self._process, grace)

    def _answers(self, url: str) -> bool:
        try:
            with opener_for(url).open(url, timeout=_ANSWER) as response:
                # The port may have been taken by another one since it was chosen, even one of our own kind.
                return response.status == _OK and listens(self.pid, urlsplit(url).port or _HTTP)
        except (URLError, HTTPException, OSError):
            return False
