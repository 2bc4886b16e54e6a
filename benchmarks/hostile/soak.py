"""Honest and hostile callers for a long time: does memory stay flat, and does anybody else notice?

Half a minute without hostile callers and half a minute with them take turns, so that both are compared under
the same weather. In the hostile half every kind of request of the corpus is sent, and every flood held.
"""

import itertools
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import median
from typing import Final

from benchmarks.hostile.alone import Case, cases_of, named
from benchmarks.hostile.floods import FLOODS
from benchmarks.hostile.limits import MAX_SLOWER, MAX_TOTAL, NEGLIGIBLE
from benchmarks.hostile.others import Asked, Others, p99
from benchmarks.hostile.sending import send
from benchmarks.hostile.targets import Target
from benchmarks.hostile.usage import Usage

_HALF: Final = 30.0
"""Seconds with hostile callers, and seconds without."""
_BETWEEN: Final = 0.02
"""Seconds between two payments of the honest."""
_PAUSE: Final = 0.1
"""Seconds between two hostile requests."""
_HELD: Final = 2.0
"""Seconds that a flood is held."""
_SIZES: Final = (1 << 10, 64 << 10, (1 << 20) - (4 << 10))
_FLAT: Final = 16.0
"""MiB by which resident memory may differ between the second quarter of the time and the last."""


@dataclass(frozen=True)
class Sent:
    """One hostile request, or one flood."""

    name: str
    began: float
    ended: float
    """Clock times (`time.monotonic`)."""


@dataclass(frozen=True)
class Turn:
    """Half a minute without hostile callers, then one with them."""

    began: float
    attacked: float
    ended: float
    """Clock times (`time.monotonic`)."""
    resident: float
    """MiB of the largest process at the end of the first half."""
    sent: Sequence[Sent]


def soak(target: Target, minutes: float) -> int:
    """Print a line for each turn and the figures in all; returns how many exceed a limit."""
    usages = [Usage(each.popen.pid) for each in target.processes]
    hostile = _hostile(target)
    print(f"{'minute':>6}  {'MiB':>6}  {'hostile sent':>12}", flush=True)
    turns: list[Turn] = []
    start = time.monotonic()
    with _honest(target) as honest:
        while time.monotonic() < start + minutes * 60:
            began = time.monotonic()
            time.sleep(_HALF)
            resident = max(each.resident() for each in usages)
            attacked = time.monotonic()
            sent = _attack(hostile, attacked + _HALF)
            turns.append(Turn(began, attacked, time.monotonic(), resident, sent))
            print(f"{(began - start) / 60:6.1f}  {resident:6.0f}  {len(sent):12}", flush=True)
    return _report(turns, honest.payments, honest.liveness, max(each.peak() for each in usages))


def _hostile(target: Target) -> Iterator[Sent]:
    """Sends the next hostile request, or holds the next flood, whenever it is advanced; without an end."""
    cases: list[Case] = []
    for size in _SIZES:
        cases += cases_of(target, size)
    random.Random(0).shuffle(cases)  # noqa: S311 - no secret is made of it
    floods = itertools.cycle(FLOODS.items())
    for number, case in enumerate(itertools.cycle(cases), 1):
        began = time.monotonic()
        send(target, case)
        yield Sent(named(case), began, time.monotonic())
        time.sleep(_PAUSE)
        if number % 25 == 0:
            name, flood = next(floods)
            began = time.monotonic()
            with ExitStack() as stack:
                flood(target, stack)
                time.sleep(_HELD)
            yield Sent(name, began, time.monotonic())


def _attack(hostile: Iterator[Sent], until: float) -> list[Sent]:
    sent = []
    while time.monotonic() < until:
        sent.append(next(hostile))
    return sent


@dataclass
class _Honest:
    payments: Sequence[Asked] = ()
    liveness: Sequence[Asked] = ()


@contextmanager
def _honest(target: Target) -> Iterator[_Honest]:
    """Honest callers, in a process of their own, that the work of the hostile ones does not hold up."""
    context, found = get_context("fork"), _Honest()
    ours, theirs = context.Pipe()
    process = context.Process(target=_ask, args=(target, theirs))
    process.start()
    try:
        yield found
    finally:
        ours.send(None)
        found.payments, found.liveness = ours.recv()
        process.join()


def _ask(target: Target, connection: Connection) -> None:
    others = Others(target, between=_BETWEEN)
    with others.asking():
        connection.recv()
    connection.send((others.payments, others.liveness))


def _report(turns: Sequence[Turn], payments: Sequence[Asked], liveness: Sequence[Asked], peak: float) -> int:
    quiet = [[each for each in payments if turn.began < each.at <= turn.attacked] for turn in turns]
    attacked = [[each for each in payments if turn.attacked < each.at <= turn.ended] for turn in turns]
    without, beside = median(map(p99, quiet)), median(map(p99, attacked))
    failed = [each for each in (*payments, *liveness) if each.failure]
    quarter = max(1, len(turns) // 4)
    early = median(turn.resident for turn in turns[quarter : 2 * quarter] or turns)
    late = median(turn.resident for turn in turns[-quarter:])
    print(f"hostile requests and floods: {sum(len(turn.sent) for turn in turns)}")
    print(f"honest payments: {len(payments)}; honest requests failed: {len(failed)}")
    print(
        f"p99 of payments, median of the turns: {without * 1e3:.1f} ms without, {beside * 1e3:.1f} ms beside"
    )
    for each in failed:
        print(f"    {each.failure} after {each.seconds:.3f} s; {_beside(turns, each)}")
    print(f"p99 of liveness: {p99(liveness) * 1e3:.1f} ms")
    print(
        f"resident: {early:.0f} MiB in the second quarter, {late:.0f} MiB in the last, {peak:.0f} MiB at most"
    )
    slower = beside > max(NEGLIGIBLE, MAX_SLOWER * without)
    return bool(failed) + slower + (late - early > _FLAT) + (peak > MAX_TOTAL)


def _beside(turns: Sequence[Turn], failed: Asked) -> str:
    """What was sent last before an honest request ended."""
    before = [each for turn in turns for each in turn.sent if each.began <= failed.at]
    if not before:
        return "before anything hostile"
    last = before[-1]
    late = failed.at - last.ended
    return f"{late:.3f} s after {last.name}" if late > 0 else f"beside {last.name}"
