"""What hostile callers cost, and whether that keeps to the budgets of docs/security.md: `make hostile`.

Every kind of request of `corpus` is sent alone, and every flood of `floods` held, while others pay and ask
for liveness. Fails beyond the limits of `limits`. ARGS=--alone leaves the floods out, whose effect on others'
times depends on what else the machine does; CI does so. ARGS=--long sends requests of three sizes to every
target, ARGS=--soak=30 sends all of them for as many minutes, half of which only honest callers are there.
"""

import argparse
import contextlib
import resource
import sys
from typing import Final

from benchmarks.hostile.alone import attack_alone
from benchmarks.hostile.corpus import JSON, PREDICT, HttpCase, payment
from benchmarks.hostile.limits import MAX_METRICS, MAX_TOTAL
from benchmarks.hostile.sending import send
from benchmarks.hostile.soak import soak
from benchmarks.hostile.targets import TARGETS, Target, running
from benchmarks.hostile.together import attack_together
from benchmarks.hostile.usage import Usage

_LARGE: Final = (1 << 20) - (4 << 10)
_SHORT: Final = "pair"
"""The one target of a short run: all ports of both processes."""
_SIZES: Final = (1 << 10, 64 << 10, _LARGE)
_WARM: Final = 20
"""Payments before anything is measured."""


def main() -> int:
    """Print a line for each case; 1 where a limit is exceeded."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--long", action="store_true", help="requests of three sizes, to every target")
    parser.add_argument("--alone", action="store_true", help="requests one by one, without floods")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="honest and hostile callers together")
    parser.add_argument("--target", choices=TARGETS, action="append", help="only this one; may be repeated")
    given = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    failures = 0
    for name in given.target or (TARGETS if given.long else [_SHORT]):
        with running(name) as target:
            print(f"== {name}")
            if given.soak:
                failures += soak(target, given.soak)
            else:
                failures += attack(target, _SIZES if given.long else (_LARGE,), floods=not given.alone)
    print(f"{failures} beyond the limits" if failures else "all within the limits")
    return int(failures > 0)


def attack(target: Target, sizes: tuple[int, ...], *, floods: bool) -> int:
    """Requests alone, then perhaps floods; returns how many exceed a limit."""
    for _ in range(_WARM):
        send(target, HttpCase("", PREDICT, payment(), JSON))
    usages = [Usage(each.popen.pid) for each in target.processes]
    before = metrics_bytes(target)
    print(f"at rest: {sum(each.resident() for each in usages):.0f} MiB")
    failures = attack_alone(target, sizes) + (attack_together(target) if floods else 0)
    grown = metrics_bytes(target) - before
    print(f"in the end: {sum(each.resident() for each in usages):.0f} MiB; metrics have {grown} bytes more")
    failures += any(each.resident() > MAX_TOTAL for each in usages) + (grown > MAX_METRICS)
    return failures + sum(each.stop() != 0 for each in target.processes)


def metrics_bytes(target: Target) -> int:
    """Size of what Prometheus is told."""
    with contextlib.closing(target.client(target.front.admin_port)) as client:
        client.request("GET", "/metrics")
        return len(client.getresponse().read())


if __name__ == "__main__":
    sys.exit(main())
