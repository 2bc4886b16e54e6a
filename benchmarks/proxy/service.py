"""`fraudctl serve --follow` under callers: its idle loop, a killed Envoy, a rollback, and a whole rollout."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks import usage
from benchmarks.errors import BenchmarkError
from benchmarks.proxy.pair import wait
from benchmarks.proxy.weights import last_answer
from fraud_local.workspace import Workspace
from fraud_processes.detached import DetachedProcesses
from fraud_rollout.core.state.command import Verb
from fraud_rollout.core.state.phase import ENDS, Cause, Phase
from fraud_rollout.core.state.record import Record
from fraud_rollout.records.files import RecordFiles
from fraud_training.release.faulty import copy_with_note
from fraudctl.flows.rollout.driver import commands_of
from support.clients.traffic import Traffic, traffic
from support.fraudctl import fraudctl, started
from support.processes import free_port

RATE: Final = 220.0
"""Requests a second, were they answered at once: some 200."""
_PATIENCE: Final = 900.0
_SETTLED: Final = 12.0
"""Seconds after a start in which a service is not idle yet."""
_WATCHED: Final = 3.0
_HALF: Final = 50
"""Percent."""
QUICK_STEPS: Final = "steps: [50]\nevaluation: {rows: 1000, resamples: 200}\n"
"""Of the rollout whose way back is measured: how long the judgement takes is measured on the other one."""


@dataclass(frozen=True)
class Idle:
    """CPU time of the loop while nothing happens, as shares of one core."""

    loop: float
    """Of the process that sees, decides and applies."""
    with_looks: float
    """With the processes that it starts to look for candidates in the registry."""


@dataclass(frozen=True)
class Decision:
    """A whole rollout under the default strategy."""

    record: Record
    noticed: float
    """Seconds from the alias to the beginning of the rollout."""
    promoted: float
    """Seconds from the alias to the promotion."""
    rate: float
    """Requests a second meanwhile."""
    sent: int
    lost: int


@dataclass(frozen=True)
class Recovery:
    """Envoy killed at 50 %, and later a person's rollback from there."""

    answered: float
    """Seconds from the kill to the next answer."""
    failed: int
    """Requests while there was no Envoy."""
    held: bool
    """The rollout waited for it, and went on afterwards."""
    warned: bool
    """The service said so."""
    left: float
    """Seconds from the command of rollback to the canary's last answer."""


@dataclass
class Service:
    """The running service."""

    home: Path
    url: str
    pid: int
    said: list[str]
    """Lines of its standard error."""

    @property
    def records(self) -> RecordFiles:
        """Its rollouts."""
        return RecordFiles(Workspace(self.home).rollouts)

    def newest(self) -> Record | None:
        """The rollout that began last."""
        return max(self.records.all(), key=lambda each: each.created, default=None)


@contextmanager
def following(release: Path, home: Path) -> Iterator[Service]:
    """`serve --follow` of the release in `release`, a trained folder. Raises `BenchmarkError` if it fails."""
    _done(home, "publish", str(release))
    _done(home, "registry", "promote", "--yes")
    port, said = free_port(), list[str]()
    with started(home, "serve", "--follow", "--port", str(port)) as process:
        reader = threading.Thread(target=_read, args=(process.stderr, said), daemon=True)
        reader.start()
        url = f"http://127.0.0.1:{port}"
        try:
            wait(lambda: _answers(url), _PATIENCE, f"{url} did not answer: {said[-3:]}", 0.1)
            yield Service(home, url, process.pid, said)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(120)
            reader.join(10)


def idle(service: Service, seconds: float) -> Idle:
    """The loop's CPU time while nothing is asked of it and no candidate comes."""
    time.sleep(_SETTLED)
    begun, before = time.monotonic(), usage.own_and_ended(service.pid)
    time.sleep(seconds)
    spent = [after - since for after, since in zip(usage.own_and_ended(service.pid), before, strict=True)]
    elapsed = time.monotonic() - begun
    return Idle(spent[0] / elapsed, sum(spent) / elapsed)


def decision(service: Service, release: Path, folder: Path, rows: Sequence[dict[str, Any]]) -> Decision:
    """Publish an equal release as `candidate`, and follow it to its promotion under callers."""
    with traffic(service.url, rows, rate=RATE) as seen:
        copy_with_note(release, folder / "second", "equal answers")
        _done(service.home, "publish", str(folder / "second"))
        published, sent = time.time(), seen.sent
        begun = time.monotonic()
        record = _when(service, lambda each: each.phase in ENDS or each.phase is Phase.HELD)
        elapsed = time.monotonic() - begun
    if record.phase is not Phase.PROMOTED:
        raise BenchmarkError(f"An equal release was not promoted: {record.phase}: {record.reason}")
    return Decision(
        record=record,
        noticed=record.created.timestamp() - published,
        promoted=record.spans[-1].begun.timestamp() - published,
        rate=(seen.sent - sent) / elapsed,
        sent=seen.sent,
        lost=len(seen.failed),
    )


def recovery(service: Service, release: Path, folder: Path, rows: Sequence[dict[str, Any]]) -> Recovery:
    """Take another equal release to 50 %, kill Envoy there, and roll back once it goes on."""
    strategy = folder / "quick.yaml"
    strategy.write_text(QUICK_STEPS)
    copy_with_note(release, folder / "third", "equal answers, once more")
    _done(service.home, "publish", str(folder / "third"), "--alias", "third")
    _done(service.home, "rollout", "start", "third", "--strategy", str(strategy))
    with traffic(service.url, rows, rate=RATE) as seen:
        _when(service, _at_half)
        failed, answered = _killed(service, seen)
        _when(service, _at_half)
        record = _when(service, lambda each: bool(seen.releases(time.monotonic() - 0.5)[each.candidate.name]))
        held = any(span.cause is Cause.PROXY_AWAY for span in record.spans)
        asked = time.monotonic()
        commands_of(Workspace(service.home)).give(record.id, Verb.ROLLBACK, "measured")
        record = _when(service, lambda each: each.phase in ENDS)
        time.sleep(_WATCHED)
        left = last_answer(seen, record.candidate.name) - asked
    warned = any("Envoy does not run" in line for line in service.said)
    return Recovery(answered, failed, held, warned, left)


def _killed(service: Service, seen: Traffic) -> tuple[int, float]:
    """Requests that failed after Envoy was killed, and seconds until the next answer."""
    envoy = DetachedProcesses(Workspace(service.home).platform / "processes", Path()).find("envoy")
    if envoy is None:
        raise BenchmarkError("There is no Envoy to kill.")
    failed = len(seen.failed)
    os.kill(envoy.pid, signal.SIGKILL)
    at = time.monotonic()
    wait(lambda: any(each.at - each.seconds > at for each in seen.answers[-20:]), 60, "no answer came")
    answered = next(each.at for each in seen.answers if each.at - each.seconds > at)
    time.sleep(_WATCHED)
    return len(seen.failed) - failed, answered - at


def _at_half(record: Record) -> bool:
    return record.phase is Phase.CANARY and record.spans[-1].weight == _HALF


def _when(service: Service, holds: Callable[[Record], bool]) -> Record:
    """The newest rollout, once that holds of it."""
    found: list[Record] = []

    def look() -> bool:
        record = service.newest()
        found[:] = [record] if record is not None and holds(record) else []
        return bool(found)

    wait(look, _PATIENCE, "the rollout did not get there", 0.05)
    return found[0]


def _done(home: Path, *arguments: str) -> None:
    done = fraudctl(home, *arguments)
    if done.returncode:
        raise BenchmarkError(f"fraudctl {' '.join(arguments)}: {done.stderr.strip().splitlines()[-1]}")


def _answers(url: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{url}/health").is_success
    return False


def _read(lines: Any, said: list[str]) -> None:  # noqa: ANN401 - a text stream
    said.extend(line.rstrip() for line in lines)
