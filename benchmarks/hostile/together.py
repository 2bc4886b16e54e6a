"""Hostile callers by the hundred: what their floods do to liveness, payments and memory."""

import time
from contextlib import ExitStack
from statistics import median
from typing import Final

from benchmarks.hostile.alone import TRIES
from benchmarks.hostile.floods import FLOODS
from benchmarks.hostile.limits import MAX_LIVENESS, MAX_SLOWER, MAX_TOTAL, NEGLIGIBLE
from benchmarks.hostile.others import Others, p99
from benchmarks.hostile.targets import Target
from benchmarks.hostile.usage import Usage

_HOLD: Final = 1.0
"""Seconds that a flood is held while others are asked."""


def attack_together(target: Target) -> int:
    """Print a line for every flood; returns how many exceed a limit."""
    usages = [Usage(each.popen.pid) for each in target.processes]
    normal, failures = _normal(target), 0
    most = max(NEGLIGIBLE, MAX_SLOWER * normal)
    print(f"payments without a flood: p99 {normal * 1e3:.1f} ms")
    print(f"{'liveness p99 ms':>16}  {'payments p50 ms':>16}  {'p99 ms':>7}  {'MiB at most':>11}  flood")
    for name, flood in FLOODS.items():
        for _ in range(TRIES):
            others = Others(target)
            for each in usages:
                each.reset_peak()
            with ExitStack() as stack, others.asking():
                flood(target, stack)
                others.liveness.clear()
                others.payments.clear()
                time.sleep(_HOLD)
            liveness, payments = p99(others.liveness), p99(others.payments)
            peak = max(each.peak() for each in usages)
            within = liveness < MAX_LIVENESS and payments < most and peak <= MAX_TOTAL and not others.failed
            if within:
                break
        failures += not within
        mark = "" if within else f"   <== beyond the limits; {others.failed} of others failed"
        middle = median(each.seconds for each in others.payments)
        print(
            f"{liveness * 1e3:16.1f}  {middle * 1e3:16.1f}  {payments * 1e3:7.1f}  {peak:11.0f}  "
            f"{name}{mark}",
            flush=True,
        )
    return failures


def _normal(target: Target) -> float:
    others = Others(target)
    with others.asking():
        time.sleep(_HOLD)
    return p99(others.payments)
