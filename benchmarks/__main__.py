"""`python -m benchmarks`: measure, print, and write docs/performance.md with its picture."""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.cores import Cores
from benchmarks.errors import BenchmarkError
from benchmarks.figures.page import PAGE, PLOT, with_figures
from benchmarks.figures.plot import draw
from benchmarks.figures.report import Report
from benchmarks.load.payments import Payments
from benchmarks.load.wrk import require_tools
from benchmarks.machine import facts
from benchmarks.plan import Plan
from benchmarks.release import train_release
from benchmarks.services import mlserver
from benchmarks.session import Session
from fraud_processes.errors import LocalError

_ROUNDS: Final = 5
"""An odd number, so that the median is a measurement; five show one disturbed round for what it is."""
_SECONDS: Final = 5


def main(arguments: list[str]) -> int:
    """Exit code: 0, or 1 after a line that says why there are no figures."""
    options = _options(arguments)
    plan = Plan.short() if options.quick else Plan.full(options.rounds, options.seconds)
    try:
        report = _measured(plan, " ".join(["make bench", *_as_given(arguments)]))
    except (BenchmarkError, LocalError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write((report.json() if options.output == "json" else report.markdown()) + "\n")
    if not plan.quick:
        PAGE.write_text(with_figures(PAGE.read_text(), report.markdown()))
        draw(report.summaries, PLOT)
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="default %(default)s")
    parser.add_argument("--seconds", type=int, default=_SECONDS, help="per measurement, default %(default)s")
    parser.add_argument("--quick", action="store_true", help="one short round, printed only")
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text", help="what is printed")
    return parser.parse_args(arguments)


def _as_given(arguments: list[str]) -> list[str]:
    """The options as `make` takes them."""
    return [f"ARGS='{' '.join(arguments)}'"] if arguments else []


def _measured(plan: Plan, command: str) -> Report:
    require_tools()
    mlserver.require_environment()
    cores = Cores.choose()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        _report("training the model that all services load")
        release = train_release(plan, folder / "release")
        cores.stay_off_the_servers()
        session = Session(plan, cores, release, Payments.draw(), folder)
        session.require_equal(_report)
        return Report(command, plan, facts(), session.measure(_report))


def _report(line: str) -> None:
    sys.stderr.write(f"==> {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
