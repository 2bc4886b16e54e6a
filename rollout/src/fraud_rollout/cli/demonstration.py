"""`fraudctl demo`: the report on standard output, and on a terminal the service stays."""

import os
import sys

from fraud_rollout.cli.session import session
from fraud_rollout.local.demo import demo
from fraud_rollout.local.demo_report import DemoReport
from fraud_rollout.local.pair import Pair
from fraud_rollout.simulator.style import Style


def demonstrate(host: str, port: int) -> None:
    """Run the demo; Ctrl-C while it only serves is its normal end."""
    demo(session(), host, port, _tell)


def _tell(report: DemoReport, pair: Pair) -> None:
    sys.stdout.write(f"\n{report.text(Style.of(sys.stdout, os.environ))}\n")
    sys.stdout.flush()
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    sys.stderr.write("\nServing until Ctrl-C.\n")
    try:
        pair.watch()
    except KeyboardInterrupt:
        sys.stderr.write("\nStopping.\n")
