"""`fraudctl demo`: the three stories on standard output, and on a terminal the service stays."""

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fraud_local.endpoint import Listening
from fraud_processes.errors import LocalError
from fraud_rollout.core.state.phase import Phase
from fraud_rollout.core.state.record import Record
from fraud_rollout.judge.lines import line
from fraud_rollout.judge.verdict import Verdict
from fraud_simulator import report
from fraud_simulator.style import Style
from fraudctl.flows.demo.example import answer, curl
from fraudctl.flows.demo.stories import DemoResult, Story, rollout_demo
from fraudctl.flows.rollout.driver import Rollouts
from fraudctl.flows.rollout.follow import BUSY
from fraudctl.session import session

_WIDTH = 150
"""Columns where the output is no terminal."""


def demonstrate_rollouts(listening: Listening) -> None:
    """Run the demo; on a terminal it serves until Ctrl-C, which is its normal end."""
    try:
        rollout_demo(session(), listening, shown)
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Nothing is left running.\n")
        raise


def shown(result: DemoResult, rollouts: Rollouts) -> None:
    """Print what happened; on a terminal return only after Ctrl-C."""
    style = Style.of(sys.stdout, os.environ)
    sys.stdout.write(
        f"\n{style.bold('How the payments were decided')}\n{report.as_text(result.traffic, style)}\n"
    )
    sys.stdout.write(f"\n{style.bold('What became of the candidates')}\n")
    sys.stdout.flush()
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH
    console.print(_table(result.stories))
    sys.stdout.write(f"\nRequests: {result.traffic.requests:,} sent, {result.traffic.failed:,} failed\n\n")
    for story in result.stories:
        sys.stdout.write(f"report  {_near(story.report)}\n")
    for story in result.stories:
        if story.run:
            sys.stdout.write(f"run     {story.run}\n")
    sys.stdout.write(f"\n{style.bold('One request')}\n{curl(result.url)}\n{answer(result.url)}\n")
    sys.stdout.flush()
    require_ends(result.stories)
    _require_answered(result)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        sys.stderr.write("\nStopping, because this is no terminal. To serve it: fraudctl serve --follow\n")
        return
    with suppress(KeyboardInterrupt):
        sys.stdout.write("\nServing until Ctrl-C. Meanwhile, in another terminal: fraudctl rollout status\n")
        sys.stdout.flush()
        while True:
            rollouts.reconcile()
            time.sleep(BUSY)
    sys.stderr.write("\nStopping.\n")


def require_ends(stories: tuple[Story, ...]) -> None:
    """Raise `LocalError` if a rollout did not end as it should."""
    for story in stories:
        if story.record.phase is not story.expected:
            raise LocalError(
                f'The candidate "{story.title}" ended {story.record.phase}, not {story.expected}: '
                f"{story.record.reason}. Its report: {_near(story.report)}"
            )


def _require_answered(result: DemoResult) -> None:
    """Raise `LocalError` if a payment was not answered."""
    if result.traffic.failed:
        worst = result.traffic.failures[0]
        raise LocalError(f"{result.traffic.failed} requests failed, such as: {worst.kind}: {worst.example}")


def _table(stories: tuple[Story, ...]) -> Table:
    table = Table("candidate", "end", "decided in", "by", "customers", "seconds", box=None, pad_edge=False)
    for story in stories:
        promoted = story.record.phase is Phase.PROMOTED
        table.add_row(
            story.title,
            Text("promoted" if promoted else "taken back", "green" if promoted else "red"),
            "every gate" if promoted else _where(story.record),
            "evidence and all weights" if promoted else _why(story.record),
            f"{story.requests:,} saw it",
            f"{story.seconds:.0f}",
        )
    return table


def _where(record: Record) -> str:
    """The phase before the way back, with the weight."""
    before = [span for span in record.spans if span.phase not in {Phase.ROLLING_BACK, Phase.ROLLED_BACK}][-1]
    return f"{before.phase} at {before.weight} %" if before.weight else f"{before.phase}, before any traffic"


def _why(record: Record) -> str:
    failed = [
        line(finding, record.strategy.confidence)
        for judged in record.judged
        for finding in judged.findings
        if finding.verdict is Verdict.FAIL
    ]
    return failed[0] if failed else record.reason


def _near(path: Path) -> str:
    with suppress(ValueError):
        return str(path.relative_to(Path.cwd()))
    return str(path)
