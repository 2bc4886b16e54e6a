"""Well-behaved callers beside the hostile ones: payments and probes, one after the other, all the time."""

import contextlib
import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Final

from benchmarks.hostile.corpus import payment
from benchmarks.hostile.targets import Target

BETWEEN: Final = 0.005
"""Seconds between two payments."""
_SHOWN: Final = 200
"""Bytes of an answer that is shown where it is none to the request."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of theirs."""

    at: float
    """Clock time (`time.monotonic`) of its end."""
    seconds: float
    failure: str = ""
    """What came instead of the answer; empty where nothing did."""


def p99(asked: Sequence[Asked]) -> float:
    """99th percentile of seconds; the longest of fewer than a hundred."""
    took = sorted(each.seconds for each in asked)
    if len(took) < 100:  # noqa: PLR2004 - of which one is the 99th percentile
        return took[-1] if took else 0.0
    return quantiles(took, n=100)[98]


@dataclass
class Others:
    """Payments and probes of well-behaved callers."""

    target: Target
    between: float = BETWEEN
    payments: list[Asked] = field(default_factory=list)
    liveness: list[Asked] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Of both."""
        return sum(bool(each.failure) for each in (*self.payments, *self.liveness))

    @property
    def longest(self) -> float:
        """Seconds of the payment that took longest."""
        return max((each.seconds for each in self.payments), default=0.0)

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """Ask until the context ends."""
        ended, front = threading.Event(), self.target.front
        threads = [
            threading.Thread(
                target=self._ask, args=(ended, front.http_port, "/predict", payment(), self.payments)
            ),
            threading.Thread(target=self._ask, args=(ended, front.admin_port, "/live", None, self.liveness)),
        ]
        for each in threads:
            each.start()
        try:
            yield
        finally:
            ended.set()
            for each in threads:
                each.join()

    def _ask(
        self, ended: threading.Event, port: int, path: str, body: bytes | None, asked: list[Asked]
    ) -> None:
        client = self.target.client(port)
        headers = {"content-type": "application/json"} if body else {}
        while not ended.wait(self.between):
            start, held_up, failure = time.perf_counter(), self._held_up(), ""
            try:
                client.request("POST" if body else "GET", path, body, headers)
                answer = client.getresponse()
                content = answer.read()
                if answer.status != http.HTTPStatus.OK:
                    failure = f"{path}: {answer.status} {content[:_SHOWN].decode(errors='replace')}"
            except (OSError, http.client.HTTPException) as error:
                client.close()
                failure = f"{path}: {error!r}"
            took = time.perf_counter() - start - (self._held_up() - held_up)
            asked.append(Asked(time.monotonic(), max(0.0, took), failure))
        client.close()

    def _held_up(self) -> float:
        """Seconds that servers and caller could have run, and the machine ran others (proc(5): schedstat)."""
        tasks = [f"/proc/{each.popen.pid}/schedstat" for each in self.target.processes]
        return (
            sum(int(Path(each).read_text().split()[1]) for each in (*tasks, "/proc/thread-self/schedstat"))
            / 1e9
        )
