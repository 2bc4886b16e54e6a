"""`make proxy`: measure, print, and write the figures of docs/rollouts.md.

Trains a release quickly, unless `--release` names a folder that `fraudctl train` wrote.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.errors import BenchmarkError
from benchmarks.load.wrk import require_tools
from benchmarks.proxy import service
from benchmarks.proxy.cost import cost
from benchmarks.proxy.pair import payments, served
from benchmarks.proxy.plan import Plan
from benchmarks.proxy.report import Report
from benchmarks.proxy.weights import moved, ways_back
from benchmarks.rollouts.__main__ import write


def main(arguments: list[str]) -> int:
    """Exit code: 0, or 1 after a line that says why there are no figures."""
    options = _options(arguments)
    plan = Plan.short() if options.quick else Plan.full()
    command = "make proxy" + (f" ARGS='{' '.join(arguments)}'" if arguments else "")
    try:
        rows = list(_measured(plan, options.release, command).rows())
    except BenchmarkError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write("\n".join(rows) + "\n")
    if not options.quick:
        write("proxy", rows)
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.proxy", description=__doc__)
    parser.add_argument("--release", type=Path, help="a trained folder")
    parser.add_argument("--quick", action="store_true", help="a short look, printed only")
    return parser.parse_args(arguments)


def _measured(plan: Plan, release: Path | None, command: str) -> Report:
    require_tools()
    with tempfile.TemporaryDirectory(prefix="proxy-") as name:
        folder = Path(name)
        release, rows = release or _trained(folder / "release"), payments()
        before = os.getloadavg()[0]
        with served(release, folder / "pair") as pair:
            _report("Envoy's cost")
            costs = cost(pair, rows, plan, folder)
            _report("moving weights under callers")
            changes = moved(pair, rows, plan)
            _report("ways back from 50 %")
            back = ways_back(pair, rows, plan)
        _report("serve --follow, idle")
        with service.following(release, folder / "home") as running:
            idle = service.idle(running, plan.idle)
            _report("a whole rollout")
            decision = service.decision(running, release, folder, rows)
            _report("Envoy killed, and a rollback")
            recovery = service.recovery(running, release, folder, rows)
        machine = (
            f"`{command}` on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores shared by callers, Envoy "
            f"and releases; load average before it {before:.1f}. Medians with the least and the greatest."
        )
        return Report(machine, costs, changes, back, idle, decision, recovery)


def _trained(folder: Path) -> Path:
    """By a process of its own, whose threads and memory are gone before this one measures."""
    fraudctl = Path(sys.executable).with_name("fraudctl")
    done = subprocess.run(  # noqa: S603 - our own command
        [fraudctl, "train", "--quick", "--output", folder], stdout=sys.stderr, check=False
    )
    if done.returncode:
        raise BenchmarkError("No release to measure with.")
    return folder


def _report(line: str) -> None:
    sys.stderr.write(f"==> {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
