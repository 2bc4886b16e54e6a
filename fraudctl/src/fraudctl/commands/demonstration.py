"""`fraudctl demo`: the report on standard output, and on a terminal the service stays."""

import os
import sys
from contextlib import suppress

from fraud_local.endpoint import Listening
from fraud_local.pair import Pair
from fraud_simulator.style import Style
from fraudctl.flows.demo.report import DemoReport
from fraudctl.flows.demo.short import demo
from fraudctl.session import session


def demonstrate(listening: Listening) -> None:
    """Run the demo; on a terminal it serves until Ctrl-C, which is its normal end."""
    try:
        demo(session(), listening, report)
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Nothing is left running.\n")
        raise


def report(done: DemoReport, pair: Pair) -> None:
    """Write the report; on a terminal return only after Ctrl-C, or when a process ends by itself."""
    style = Style.of(sys.stdout, os.environ)
    sys.stdout.write(f"\n{done.results(style)}\n")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.stderr.write("\nStopping, because this is no terminal. To serve it: fraudctl serve\n")
        return
    with suppress(KeyboardInterrupt):
        sys.stdout.write(f"\n{done.places(style)}\n\nServing until Ctrl-C.\n")
        sys.stdout.flush()
        pair.watch()
    sys.stderr.write("\nStopping.\n")
