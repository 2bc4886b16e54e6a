"""Measuring in turn: in which order, and for two states the command line, what both need and their bursts."""

import argparse
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from benchmarks.cores import Cores
from benchmarks.errors import BenchmarkError
from benchmarks.figures.measurements import Point
from benchmarks.interpreter.build import Build
from benchmarks.load.payments import Payments
from benchmarks.load.wrk import require_tools
from benchmarks.plan import Plan
from benchmarks.release import train_release
from fraud_processes.errors import LocalError


@dataclass(frozen=True)
class Setup:
    """What both states need."""

    cores: Cores
    release: Path
    payments: Payments
    folder: Path
    """For bodies, logs and the like."""

    @classmethod
    def make(cls, release: Path | None, folder: Path) -> Self:
        """With `release`, or one that is trained now; from then on this process leaves the servers' core."""
        cores = Cores.choose()
        release = release or train_release(Plan.short(), folder / "release")
        payments = Payments.draw()
        cores.stay_off_the_servers()
        return cls(cores, release, payments, folder)


def run(
    parser: argparse.ArgumentParser,
    arguments: Sequence[str],
    seconds: int,
    compare: Callable[[argparse.Namespace, Setup], None],
) -> int:
    """Exit code: 0, or 1 after a line that says why there are no figures."""
    parser.add_argument("--rounds", type=int, default=6, help="bursts of each, default %(default)s")
    parser.add_argument("--seconds", type=int, default=seconds, help="of a burst, default %(default)s")
    parser.add_argument("--release", type=Path, help="as `fraudctl train` leaves it; else one is trained")
    options = parser.parse_args(arguments)
    try:
        require_tools()
        sys.stderr.write(f"==> Python {platform.python_version()}, {Build.ours()}\n")
        with tempfile.TemporaryDirectory(prefix="in-turn-") as name:
            compare(options, Setup.make(options.release, Path(name)))
    except (BenchmarkError, LocalError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def turns[Measured](measured: Sequence[Measured], rounds: int) -> Iterator[tuple[int, Measured]]:
    """Who is measured when: all in each round, in reversed order every other time.

    What drifts meanwhile, such as the processor's temperature, then meets all of them alike.
    """
    for number in range(rounds):
        for each in measured[::-1] if number % 2 else measured:
            yield number, each


def pairs(first: Callable[[], Point], second: Callable[[], Point], rounds: int) -> list[tuple[Point, Point]]:
    """Bursts of both, in turn."""
    points: dict[Callable[[], Point], list[Point]] = {first: [], second: []}
    for _, burst in turns((first, second), rounds):
        points[burst].append(burst())
    return list(zip(points[first], points[second], strict=True))
