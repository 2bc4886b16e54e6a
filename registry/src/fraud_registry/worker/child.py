"""W&B's SDK in a process of its own: every use of it ends by a deadline, and nothing of it outlives us.

Its download can hang for ever and its waits swallow interrupts; a process can be killed.
"""

import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from fraud_contract.errors import FraudError, RegistryError, RegistryUnavailable
from fraud_processes.program import Program, start_piped
from fraud_registry.access.account import Account
from fraud_registry.messages import (
    ASKED,
    DONE,
    EVENT,
    REQUEST,
    REQUEST_FILE,
    Answer,
    Failure,
    Request,
    Stage,
)
from fraud_registry.progress import Progress
from fraud_registry.worker.sandbox import environment, sandbox

_GRACE: Final = 8.0
"""Seconds from a polite stop to the kill: a run being published is marked as failed within them."""
_PATIENCE: Final = 60.0
"""Seconds for a stopped child to end wandb-core and remove the sandbox; then the child is killed."""
_KEPT_LINES: Final = 20
_LONGEST: Final = 200


class Child:
    """A running child: what it says, and why it said nothing."""

    def __init__(self, account: Account, process: subprocess.Popen[str], folder: Path) -> None:
        self._account = account
        self._process = process
        self._folder = folder
        self._expired = 0.0
        """The deadline in seconds that has passed; 0 for none."""
        self._errors: deque[str] = deque(maxlen=_KEPT_LINES)
        self._drain = threading.Thread(target=self._read_errors, daemon=True)
        self._drain.start()

    def converse(self, request: Request, deadline: float, progress: Progress) -> Answer | Failure | None:
        """The child's word on the request; None if it ended without one.

        It is stopped at the deadline, in seconds.
        """
        timer = threading.Timer(deadline, self._expire, (deadline,))
        timer.start()
        try:
            (self._folder / REQUEST_FILE).write_bytes(REQUEST.dump_json(request))
            self._tell(ASKED)
            return self._last_word(progress)
        finally:
            timer.cancel()

    def interrupt(self) -> None:
        """Have it leave what it does: a run that it makes is marked as failed."""
        self._process.terminate()

    def end(self) -> None:
        """Wait until child and wandb-core are gone; stop a child that does not go."""
        try:
            self._tell(DONE)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE)
            self._stop()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_PATIENCE)
        finally:
            self._process.kill()
            self._drain.join(_PATIENCE)

    @property
    def has_expired(self) -> bool:
        """Whether it was stopped for a deadline."""
        return self._expired > 0

    @property
    def failure(self) -> FraudError:
        """Why it ended without a word."""
        if self.has_expired:
            return RegistryUnavailable(
                f"W&B at {self._account.host} did not finish within {self._expired:g} s. "
                "Try again, or check the network."
            )
        last = self._account.redact(self._errors[-1] if self._errors else "no message")[:_LONGEST]
        return RegistryError(f"The W&B client ended unexpectedly (exit {self._process.returncode}): {last}")

    def _tell(self, word: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - asked for with PIPE
        with suppress(BrokenPipeError, ValueError):  # it has ended, or was stopped
            self._process.stdin.write(word.decode())
            self._process.stdin.flush()

    def _last_word(self, progress: Progress) -> Answer | Failure | None:
        assert self._process.stdout is not None  # noqa: S101 - a pipe
        for line in self._process.stdout:
            event = EVENT.validate_json(line)
            if not isinstance(event, Stage):
                return event
            progress.stage(event.stage)
        return None

    def _expire(self, deadline: float) -> None:
        self._expired = deadline
        self._stop()

    def _stop(self) -> None:
        """Have the child clean up and end: it does so when its standard input ends."""
        assert self._process.stdin is not None  # noqa: S101 - asked for with PIPE
        with suppress(BrokenPipeError):  # a word that it did not take any more
            self._process.stdin.close()

    def _read_errors(self) -> None:
        """Read what child and wandb-core write to stderr; it ends when both have ended."""
        assert self._process.stderr is not None  # noqa: S101 - a pipe
        with suppress(ValueError):  # closed under us, if wandb-core stayed beyond all patience
            self._errors.extend(line.strip() for line in self._process.stderr if line.strip())


@contextmanager
def started(account: Account) -> Iterator[Child]:
    """A child of a sandbox of its own; both are gone afterwards.

    Raises:
        SettingsError: there is no temporary folder to make the sandbox in.
    """
    # In a folder of its own: a ./wandb/settings of the caller's must not count.
    with sandbox() as folder:
        command = (sys.executable, "-m", "fraud_registry.worker")
        with start_piped(Program("wandb", command, environment(account, folder), folder)) as process:
            child = Child(account, process, folder)
            try:
                yield child
            finally:
                child.end()
