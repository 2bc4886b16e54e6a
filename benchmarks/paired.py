"""`python -m benchmarks.paired CHECKOUT`: this checkout against another, in turn, as ratios of their costs.

Both are up at once on the servers' core, and bursts of load go to one and the other, in reversed order
every other time. What else the machine does meets both alike, so that the ratio of CPU times holds on a busy
machine too, where `make bench` would not. The other checkout runs by this one's interpreter and libraries.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import in_turn, usage
from benchmarks.figures.measurements import Point, Spread
from benchmarks.in_turn import Setup
from benchmarks.load.burst import Burst
from benchmarks.load.payments import write_bodies
from benchmarks.load.wrk import Headers
from benchmarks.services.processes import running
from benchmarks.services.variants import PAIR, STANDALONE, Command, Ports, Service, Variant

_ROOT: Final = Path(__file__).parents[1]


@dataclass(frozen=True)
class Kind:
    """One kind of load."""

    name: str
    connections: int
    headers: Headers = Headers.BARE
    large: bool = False
    """Whether each request is a large batch."""


_KINDS: Final = (
    Kind("1 connection", 1),
    Kind("64 connections", 64),
    Kind("64 connections, a gateway's headers", 64, Headers.GATEWAY),
    Kind("10,000-row batches", 1, large=True),
)


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0, or 1 after a line that says why there are no figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.paired", description=__doc__)
    parser.add_argument(
        "checkout", type=Path, help="the other one, such as a git worktree of an older commit"
    )
    return in_turn.run(parser, arguments, 2, _compare)


def _compare(options: argparse.Namespace, setup: Setup) -> None:
    payments, folder, core = setup.payments, setup.folder, setup.cores.server
    for variant in (STANDALONE, PAIR):
        one = write_bodies(map(variant.api.one, payments.single), folder / "single.jsonl")
        many = write_bodies([variant.api.many(payments.batch)], folder / "batch.jsonl")
        with ExitStack() as stack:
            both = [
                stack.enter_context(running(_of(variant, root), setup.release, core, folder))
                for root in (options.checkout.resolve(), _ROOT)
            ]
            for kind in _KINDS:
                bodies, path = (many, variant.api.batch_path) if kind.large else (one, variant.api.path)
                measure = [
                    partial(
                        Burst(
                            each.url + path, bodies, kind.connections, options.seconds, kind.headers
                        ).measure,
                        partial(usage.cpu_seconds, each.processes),
                        core,
                    )
                    for each in both
                ]
                for each in measure:
                    each()  # to warm up
                _report(variant.name, kind, in_turn.pairs(measure[0], measure[1], options.rounds))


def _of(variant: Variant, root: Path) -> Variant:
    """The variant as the code in `root` has it."""
    sources = ":".join(str(each) for each in sorted(root.glob("*/src")))

    def from_root(service: Service) -> Service:
        def command(release: Path, ports: Ports, asked: Ports | None) -> Command:
            plain = service.command(release, ports, asked)
            return replace(plain, environment={**plain.environment, "PYTHONPATH": sources})

        return replace(service, command=command)

    return replace(variant, services=tuple(map(from_root, variant.services)))


def _report(name: str, kind: Kind, rounds: Sequence[tuple[Point, Point]]) -> None:
    cpu = Spread.of(here.cpu_us / there.cpu_us for there, here in rounds)
    rate = Spread.of(here.rate / there.rate for there, here in rounds)
    there, here = (median(each[side].cpu_us for each in rounds) for side in (0, 1))
    sys.stdout.write(
        f"{name}, {kind.name}: CPU a request {cpu.median:.3f} of the other's [{cpu.low:.3f}-{cpu.high:.3f}] "
        f"({there:,.0f} to {here:,.0f} µs), rate {rate.median:.3f} [{rate.low:.3f}-{rate.high:.3f}]\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
