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

from pydantic import BaseModel

from fraud_contract.errors import FraudError, RegistryError, RegistryUnavailable
from fraud_processes.program import Program, start_piped
from fraud_registry.access.account import Account
from fraud_registry.messages import EVENT, REQUEST, REQUEST_FILE, Answer, Failure, Request, Stage
from fraud_registry.progress import Progress, Silent
from fraud_registry.worker.sandbox import environment, sandbox

_GRACE: Final = 8.0
"""Seconds from a polite stop to the kill: a run being published is marked as failed within them."""
_PATIENCE: Final = 60.0
"""Seconds for a stopped child to end wandb-core and remove the sandbox; then the child is killed."""
_KEPT_LINES: Final = 20
_LONGEST: Final = 200


def ask[A: BaseModel](
    account: Account, request: Request, answer: type[A], deadline: float, progress: Progress | None = None
) -> A:
    """What the SDK answers to `request`, as an `answer`.

    Args:
        account: the registry; its key goes to the child in the environment only.
        request: what to do.
        answer: class of the answer.
        deadline: seconds; then the child is killed.
        progress: gets the stages.

    Raises:
        RegistryUnauthorized: the key was refused.
        RegistryUnavailable: the registry cannot be reached, or the deadline has passed.
        NotInRegistry: no such artifact, version or alias.
        RegistryError: the SDK failed otherwise.
    """
    with sandbox() as folder:
        (folder / REQUEST_FILE).write_bytes(REQUEST.dump_json(request))
        with _child(account, folder, deadline) as child:
            found = child.converse(Silent() if progress is None else progress)
    if isinstance(found, Answer):
        return answer.model_validate(found.answer)
    raise child.failure if found is None else found.error


class _Child:
    """A running child: what it says, and why it said nothing."""

    def __init__(self, account: Account, process: subprocess.Popen[str], deadline: float) -> None:
        self._account = account
        self._process = process
        self._deadline = deadline
        self._expired = False
        self._errors: deque[str] = deque(maxlen=_KEPT_LINES)
        self._timer = threading.Timer(deadline, self._expire)
        self._drain = threading.Thread(target=self._read_errors, daemon=True)
        self._timer.start()
        self._drain.start()

    def converse(self, progress: Progress) -> Answer | Failure | None:
        """The child's last word; None if it ended without one."""
        assert self._process.stdout is not None  # noqa: S101 - a pipe
        for line in self._process.stdout:
            event = EVENT.validate_json(line)
            if not isinstance(event, Stage):
                return event
            progress.stage(event.stage)
        return None

    def end(self) -> None:
        """Wait until child and wandb-core are gone; stop a child that does not go."""
        try:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE)
            self._stop()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_PATIENCE)
        finally:
            self._timer.cancel()
            self._process.kill()
            self._drain.join(_PATIENCE)

    @property
    def failure(self) -> FraudError:
        """Why it ended without a word."""
        if self._expired:
            return RegistryUnavailable(
                f"W&B at {self._account.host} did not finish within {self._deadline:g} s. "
                "Try again, or check the network."
            )
        last = self._account.redact(self._errors[-1] if self._errors else "no message")[:_LONGEST]
        return RegistryError(f"The W&B client ended unexpectedly (exit {self._process.returncode}): {last}")

    def _expire(self) -> None:
        self._expired = True
        self._stop()

    def _stop(self) -> None:
        """Have the child clean up and end: it does so when its standard input ends."""
        assert self._process.stdin is not None  # noqa: S101 - asked for with PIPE
        self._process.stdin.close()

    def _read_errors(self) -> None:
        """Read what child and wandb-core write to stderr; it ends when both have ended."""
        assert self._process.stderr is not None  # noqa: S101 - a pipe
        with suppress(ValueError):  # closed under us, if wandb-core stayed beyond all patience
            self._errors.extend(line.strip() for line in self._process.stderr if line.strip())


@contextmanager
def _child(account: Account, folder: Path, deadline: float) -> Iterator[_Child]:
    # In a folder of its own: a ./wandb/settings of the caller's must not count.
    program = Program(
        "wandb", (sys.executable, "-m", "fraud_registry.worker"), environment(account, folder), folder
    )
    with start_piped(program) as process:
        child = _Child(account, process, deadline)
        try:
            yield child
        except BaseException:
            process.terminate()
            raise
        finally:
            child.end()
