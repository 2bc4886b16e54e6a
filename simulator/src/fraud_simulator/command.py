"""The command line: `python3 test_script.py`, and `fraudctl simulate`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fraud_simulator import report
from fraud_simulator.client import health
from fraud_simulator.connection import Target
from fraud_simulator.errors import ServiceUnreachable, SimulatorError
from fraud_simulator.figures import summarise
from fraud_simulator.payments import SAMPLE, draw, read
from fraud_simulator.progress import Progress
from fraud_simulator.sender import Pace, Sender, requests
from fraud_simulator.style import Style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FINE: Final = 0
SOME_FAILED: Final = 1
USAGE: Final = 2
UNREACHABLE: Final = 3
INTERRUPTED: Final = 130
"""Exit codes; 130 is the shell's own for Ctrl-C."""

_WIDTH: Final = 90
BASE_URL: Final = "http://localhost:9090"

_EPILOG: Final = """\
environment:
  BASE_URL    where the service is (default: http://localhost:9090)
  NO_COLOR    set it to anything for a report without colours

exit codes:
  0  every request was answered    2  wrong usage, or no payments to send
  1  some requests failed          3  the service cannot be reached
  130  stopped by Ctrl-C; the report covers what was sent

examples:
  {prog} --num_requests 1000 --delay 0.1
  {prog} --num_requests 5000 --concurrency 8 -o json
  BASE_URL=https://fraud.example.org {prog}
"""


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    target: Target
    data: Path
    count: int
    seed: int
    batch: int | None
    pace: Pace
    json: bool


def main(arguments: Sequence[str], environ: Mapping[str, str], prog: str) -> int:
    """Run a simulation: report to standard output, all else to standard error. Returns the exit code."""
    parser = _parser(prog)
    options = _options(parser, arguments, environ)
    try:
        return _simulate(options, environ)
    except ServiceUnreachable as error:
        _report(f"error: {error}")
        return UNREACHABLE
    except SimulatorError as error:
        _report(f"error: {error}")
        return USAGE


def help_text(prog: str) -> str:
    """What `--help` prints."""
    return _parser(prog).format_help()


def _simulate(options: Options, environ: Mapping[str, str]) -> int:
    payments = draw(read(options.data), options.count, options.seed)
    release = health(options.target, options.pace.timeout).get("release")
    _report(f"Sending to {options.target}" + (f" (release {release})" if release else ""))
    planned = requests(payments, options.batch)
    sender = Sender(options.target, planned, options.pace)
    interrupted = _watched(sender, len(planned))
    summary = summarise(tuple(sender.outcomes), len(planned), sender.seconds)
    if options.json:
        shown = report.as_json(summary, str(options.target), release)
    else:
        shown = report.as_text(summary, Style.of(sys.stdout, environ))
    sys.stdout.write(f"{shown}\n")
    if interrupted:
        return INTERRUPTED
    return SOME_FAILED if summary.failed else FINE


def _watched(sender: Sender, total: int) -> bool:
    """Run `sender` with its progress on standard error; whether Ctrl-C ended it."""
    progress = Progress(sys.stderr, total)
    try:
        sender.run(progress.update)
    except KeyboardInterrupt:
        return True
    finally:
        progress.close()
    return False


def _report(text: str) -> None:
    sys.stderr.write(f"{text}\n")


class _Help(argparse.RawDescriptionHelpFormatter):
    """The same in every terminal, since it also stands in the documentation."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_WIDTH)


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Send held-back payments to a fraud detector and compare its decisions with the truth.",
        epilog=_EPILOG.format(prog=prog),
        formatter_class=_Help,
    )
    add = parser.add_argument
    add("--num_requests", type=_positive, default=100, metavar="N", help="requests to send (default: 100)")
    add("--delay", type=_seconds, default=0.0, metavar="S", help="pause after each request (default: 0)")
    add("--concurrency", type=_positive, default=1, metavar="N", help="connections at once (default: 1)")
    add("--batch", type=_positive, metavar="N", help="send N payments per request, to /predict/batch")
    add("--seed", type=int, default=0, metavar="N", help="which payments are drawn (default: 0)")
    add(
        "--timeout", type=_seconds, default=10.0, metavar="S", help="longest wait for an answer (default: 10)"
    )
    add(
        "--data",
        type=Path,
        default=SAMPLE,
        metavar="FILE",
        help="payments as CSV (default: the repository's)",
    )
    add("-o", dest="form", choices=("table", "json"), default="table", help="form of the report")
    return parser


def _options(
    parser: argparse.ArgumentParser, arguments: Sequence[str], environ: Mapping[str, str]
) -> Options:
    chosen = parser.parse_args(arguments)
    try:
        target = Target.parse(environ.get("BASE_URL") or BASE_URL)
    except ValueError as error:
        parser.error(f"BASE_URL: {error}")
    return Options(
        target=target,
        data=chosen.data,
        count=chosen.num_requests * (chosen.batch or 1),
        seed=chosen.seed,
        batch=chosen.batch,
        pace=Pace(chosen.concurrency, chosen.delay, chosen.timeout),
        json=chosen.form == "json",
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number from 1 on")
    return int(text)


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError("must be seconds from 0 on")
    return number
