"""Sends requests from several threads at a chosen pace."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fraud_simulator.client import Request, ask
from fraud_simulator.connection import Connection, Target
from fraud_simulator.outcome import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fraud_simulator.outcome import Outcome
    from fraud_simulator.payments import Payment

_LOOK: Final = 0.1
"""Seconds between two looks at the progress."""
_LAST_ANSWERS: Final = 1.0
"""Seconds that requests on their way are given after Ctrl-C."""


@dataclass(frozen=True)
class Pace:
    """How requests follow each other; `delay` and `timeout` in seconds."""

    concurrency: int = 1
    delay: float = 0.0
    """Pause of each connection between its requests."""
    timeout: float = 10.0


def requests(payments: Sequence[Payment], batch: int | None) -> tuple[Request, ...]:
    """One request per payment, or per `batch` payments."""
    size = batch or 1
    return tuple(
        Request(first, tuple(payments[first : first + size]), batch is not None)
        for first in range(0, len(payments), size)
    )


class Sender:
    """Sends `requests` to `target`; `outcomes` grows while it runs and can be read when it is interrupted."""

    def __init__(self, target: Target, requests: Sequence[Request], pace: Pace) -> None:
        self.outcomes: list[Outcome] = []
        self.seconds = 0.0
        """From the first request to the last answer so far."""
        self._failed = 0
        self._target = target
        self._pace = pace
        self._total = len(requests)
        self._waiting: Iterator[Request] = iter(requests)
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def run(self, progress: Callable[[int, int], None]) -> None:
        """Send them all; `progress` is called with the numbers of requests done and failed.

        On Ctrl-C no further request is sent, and `KeyboardInterrupt` goes on to the caller.
        """
        threads = [
            threading.Thread(target=self._work, name=f"sender-{number}", daemon=True)
            for number in range(min(self._pace.concurrency, self._total))
        ]
        started = time.perf_counter()
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                while thread.is_alive():
                    thread.join(_LOOK)
                    progress(len(self.outcomes), self._failed)
            progress(len(self.outcomes), self._failed)  # the last may have ended since it was called
        finally:
            self._stop.set()
            self.seconds = time.perf_counter() - started
            _join(threads, _LAST_ANSWERS)

    def stop(self) -> None:
        """Send no further request; `run` returns once those on their way are answered."""
        self._stop.set()

    def _work(self) -> None:
        with closing(Connection(self._target, self._pace.timeout)) as connection:
            request = self._next()
            while request is not None:
                self._record(ask(connection, request))
                request = self._next()
                if request is not None and self._stop.wait(self._pace.delay):
                    return

    def _next(self) -> Request | None:
        with self._lock:
            return next(self._waiting, None)

    def _record(self, outcome: Outcome) -> None:
        with self._lock:
            self._failed += isinstance(outcome.result, Failure)
            self.outcomes.append(outcome)


def _join(threads: Sequence[threading.Thread], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    for thread in threads:
        if thread.ident is not None:
            thread.join(max(0.0, deadline - time.monotonic()))
