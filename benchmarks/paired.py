"""`python -m benchmarks.paired CHECKOUT`: this checkout against another, in turn, as ratios of their costs.

Both are up at once on the servers' core, and bursts of load go to one and the other, in reversed order
every other time. What else the machine does meets both alike, so that the ratio of CPU times holds on a busy
machine too, where `make bench` would not. The other checkout runs by this one's interpreter and libraries.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import usage
from benchmarks.cores import Cores
from benchmarks.errors import BenchmarkError
from benchmarks.figures.measurements import Point, Spread
from benchmarks.load.payments import Payments, write_bodies
from benchmarks.load.wrk import Headers, drive, require_tools
from benchmarks.plan import Plan
from benchmarks.release import train_release
from benchmarks.services.processes import Running, running
from benchmarks.services.variants import PAIR, STANDALONE, Command, Ports, Service, Variant
from benchmarks.session import point

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
    parser.add_argument("--rounds", type=int, default=6, help="bursts for each load, default %(default)s")
    parser.add_argument("--seconds", type=int, default=2, help="of a burst, default %(default)s")
    parser.add_argument("--release", type=Path, help="as `fraudctl train` leaves it; else one is trained")
    options = parser.parse_args(arguments)
    try:
        require_tools()
        with tempfile.TemporaryDirectory(prefix="paired-") as name:
            _compare(options, Path(name))
    except BenchmarkError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _compare(options: argparse.Namespace, folder: Path) -> None:
    cores = Cores.choose()
    release = options.release or train_release(Plan.short(), folder / "release")
    payments = Payments.draw()
    cores.stay_off_the_servers()
    for variant in (STANDALONE, PAIR):
        one = write_bodies(map(variant.api.one, payments.single), folder / "single.jsonl")
        many = write_bodies([variant.api.many(payments.batch)], folder / "batch.jsonl")
        with ExitStack() as stack:
            both = [
                stack.enter_context(running(_of(variant, root), release, cores.server, folder))
                for root in (options.checkout.resolve(), _ROOT)
            ]
            for kind in _KINDS:
                bodies, path = (many, variant.api.batch_path) if kind.large else (one, variant.api.path)
                urls = [each.url + path for each in both]
                _report(variant.name, kind, _bursts(both, urls, bodies, kind, options, cores.server))


def _of(variant: Variant, root: Path) -> Variant:
    """The variant as the code in `root` has it."""
    sources = ":".join(str(each) for each in sorted(root.glob("*/src")))

    def from_root(service: Service) -> Service:
        def command(release: Path, ports: Ports, asked: Ports | None) -> Command:
            plain = service.command(release, ports, asked)
            return replace(plain, environment={**plain.environment, "PYTHONPATH": sources})

        return replace(service, command=command)

    return replace(variant, services=tuple(map(from_root, variant.services)))


def _bursts(  # noqa: PLR0913, PLR0917 - one load of one session
    both: Sequence[Running],
    urls: Sequence[str],
    bodies: Path,
    kind: Kind,
    options: argparse.Namespace,
    core: int,
) -> list[tuple[Point, ...]]:
    def burst(number: int) -> Point:
        processes = both[number].processes
        own, busy = usage.cpu_seconds(processes), usage.busy_seconds(core)
        load = drive(urls[number], bodies, kind.connections, options.seconds, kind.headers)
        return point(load, usage.cpu_seconds(processes) - own, usage.busy_seconds(core) - busy)

    for number in range(len(both)):
        burst(number)  # to warm up
    rounds: list[tuple[Point, ...]] = []
    for turn in range(options.rounds):
        order = (0, 1) if turn % 2 else (1, 0)
        measured = {number: burst(number) for number in order}
        rounds.append((measured[0], measured[1]))
    return rounds


def _report(name: str, kind: Kind, rounds: Sequence[tuple[Point, ...]]) -> None:
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
