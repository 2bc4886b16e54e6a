"""Every kind of hostile request, sent alone beside well-behaved callers: what it costs.

Other work on the machine adds to what is measured and never takes from it: what exceeds a limit is measured
again, the least counts, and time in which the machine ran others instead is no waiting.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from benchmarks.hostile.corpus import LINES, GrpcCase, HttpCase, grpc_cases, http_cases
from benchmarks.hostile.limits import MAX_CPU, MAX_MIB, MAX_WAIT
from benchmarks.hostile.others import BETWEEN, Others
from benchmarks.hostile.sending import Reply, send
from benchmarks.hostile.targets import Target
from benchmarks.hostile.usage import Usage

TRIES: Final = 4
_MIB: Final = 1 << 20
_MOMENT: Final = 4 * BETWEEN
"""Seconds in which others ask before and after."""

type Case = HttpCase | GrpcCase


@dataclass(frozen=True)
class Cost:
    """What a request cost."""

    answer: str
    cpu: float
    """Seconds of all processes."""
    mib: float
    """More resident memory of all processes, at its highest."""
    wait: float
    """Seconds of another payment, the longest."""
    allowed: float = MAX_CPU
    """Seconds of all processes that it may take."""

    @property
    def within(self) -> bool:
        """Whether it keeps to the limits, and was no error of the server's own."""
        sound = not self.answer.startswith("5") or self.answer in {"503", "504"}
        sound = sound and self.answer not in {"INTERNAL", "UNKNOWN"}
        return sound and self.cpu <= self.allowed and self.mib <= MAX_MIB and self.wait <= MAX_WAIT


def attack_alone(target: Target, sizes: Sequence[int]) -> int:
    """Print a line for every case of the corpus; returns how many exceed a limit."""
    failures = 0
    print(f"{'answer':>20}  {'wire KiB':>8}  {'CPU ms':>7}  {'MiB':>6}  {'wait ms':>7}  case")
    for case in (each for size in sizes for each in cases_of(target, size)):
        wire = len(case.body if isinstance(case, HttpCase) else case.message)
        found = cost(target, case)
        failures += not found.within
        mark = "" if found.within else "   <== beyond the limits"
        print(
            f"{found.answer:>20}  {wire / 1024:8.1f}  {found.cpu * 1e3:7.0f}  {found.mib:6.1f}  "
            f"{found.wait * 1e3:7.1f}  {named(case)}{mark}",
            flush=True,
        )
    return failures


def cases_of(target: Target, size: int) -> list[Case]:
    """The corpus as far as it is for this target."""
    of_grpc = list(grpc_cases(size)) if target.tls is None else []
    cases: list[Case] = [*http_cases(size), *of_grpc]
    if len(target.processes) > 1:
        cases += [replace(each, predictor=True) for each in of_grpc]
    return cases


def named(case: Case) -> str:
    """Where it goes, and its name."""
    if isinstance(case, HttpCase):
        return f"{case.path[:32]}: {case.name}"
    return f"{'predictor' if case.predictor else 'gRPC'}: {case.name}"


def cost(target: Target, case: Case) -> Cost:
    """What a case takes, the least of some tries where it is worth another one."""
    best: Cost | None = None
    for _ in range(TRIES):
        found = _measured(target, case)
        best = found if best is None or found.cpu + found.wait < best.cpu + best.wait else best
        if best.within or best.cpu > 2 * best.allowed:
            break
    return best or found


def _measured(target: Target, case: Case) -> Cost:
    others, usages = Others(target), [Usage(each.popen.pid) for each in target.processes]
    for each in usages:
        each.reset_peak()
    resident = sum(each.resident() for each in usages)
    with others.asking():
        time.sleep(_MOMENT)
        before = sum(each.cpu() for each in usages)
        reply = send(target, case)
        spent = sum(each.cpu() for each in usages) - before
        time.sleep(_MOMENT)
    grown = sum(each.peak() for each in usages) - resident
    return Cost(reply.status, spent, grown, others.longest, _allowed(case, reply))


def _allowed(case: Case, reply: Reply) -> float:
    """Seconds of CPU: a stream is as many requests as MiB are sent and taken, since it waits for both."""
    is_stream = isinstance(case, HttpCase) and LINES.items() <= case.headers.items()
    exchanged = (len(case.body) + reply.size) / _MIB if isinstance(case, HttpCase) and is_stream else 0.0
    return MAX_CPU * max(1.0, exchanged)
