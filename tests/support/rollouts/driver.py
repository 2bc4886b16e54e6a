"""Drives the rollout of a workspace to its end, or is killed on the way.

`python -m support.rollouts.driver HOME STABLE CANDIDATE PORT [PHASE:STEP:MOMENT]`; it ends itself by SIGKILL
where its rollout enters that phase: before that is saved, once it is saved, once it is applied, or as soon as
the first process that it then starts is there.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from fraud_contract.artifacts.dataset import Dataset
from fraud_local.platform.local import LocalPlatform
from fraud_local.platform.site import Site
from fraud_local.workspace import Workspace
from fraud_rollout.core.state.desired import Desired
from fraud_rollout.core.state.observed import Alias
from fraud_rollout.core.state.phase import ENDS
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Release
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_rollout.records.files import RecordFiles
from fraudctl.flows.rollout.driver import Rollouts
from fraudctl.run import Run
from fraudctl.stages import Stages
from support.rollouts.found import found_in

MOMENTS: Final = ("before", "saved", "applied")
_PRODUCTION: Final = "production"
STRATEGY: Final = """
gates:
  decisions: {tolerable: 0.2, harmful: 0.5}
  scores: {tolerable: 0.2, harmful: 0.5}
  categories: null
  errors: {tolerable: 0.05, harmful: 0.5}
  slow: null
  memory: null
evaluation: {rows: 1000, frauds: 50, resamples: 200}
cost: {tolerable: 0.5, harmful: 1.0}
precision: {tolerable: 0.2, harmful: 0.5}
calibration: null
recall: null
steps: [30, 60]
keepWarm: 0s
"""


@dataclass(frozen=True)
class AliasFile:
    """A registry that outlives its users: the digest at `production`, in a file."""

    path: Path

    def read(self) -> Mapping[Alias, str]:
        """What is there."""
        return {Alias.PRODUCTION: self.path.read_text()} if self.path.exists() else {}

    def move(self, alias: Alias, release: Release, reason: str) -> None:
        """Write it down."""
        del reason
        if alias is Alias.PRODUCTION:
            self.path.write_text(release.digest)


@dataclass(frozen=True)
class Boundary:
    """Where the driver is killed."""

    phase: str
    step: int
    moment: str

    @classmethod
    def parse(cls, text: str) -> "Boundary":
        """Of `PHASE:STEP:MOMENT`."""
        phase, step, moment = text.split(":")
        return cls(phase, int(step), moment)

    def __str__(self) -> str:
        return f"{self.phase}:{self.step}:{self.moment}"

    def reached(self, record: Record, moment: str) -> bool:
        """Whether the record stands there, at that moment."""
        return (record.phase.value, record.step, moment) == (self.phase, self.step, self.moment)


def kill() -> None:
    """End as a process ends that is killed: nothing is tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(boundary: Boundary) -> None:
    """Have this process killed there."""
    save, apply, popen = RecordFiles.save, LocalPlatform.apply, subprocess.Popen

    def saved(files: RecordFiles, record: Record) -> Record:
        if boundary.reached(record, "before"):
            kill()
        after = save(files, record)
        if boundary.reached(after, "saved"):
            kill()
        return after

    def applied(platform: LocalPlatform, record: Record, desired: Desired) -> None:
        if boundary.reached(record, "started"):
            subprocess.Popen = started  # type: ignore[misc, assignment]
        apply(platform, record, desired)
        if boundary.reached(record, "applied"):
            kill()

    def started(*arguments: Any, **options: Any) -> None:  # noqa: ANN401 - those of Popen
        popen(*arguments, **options)
        kill()

    RecordFiles.save = saved  # type: ignore[method-assign, assignment]
    LocalPlatform.apply = applied  # type: ignore[method-assign, assignment]


def rollouts_of(home: Path, port: int) -> Rollouts:
    """The rollouts of the workspace at `home`, served on `port`."""
    run = Run(Workspace(home), dict(os.environ), Stages(Console(stderr=True)))
    site = Site.open(run.workspace.platform / "site.json", "127.0.0.1", port)
    return Rollouts(run, site, AliasFile(home / _PRODUCTION), lambda _: Dataset.load(home / "data"))


def _running(rollouts: Rollouts) -> int:
    """Releases that have processes; the one that was left is parked a moment after the end."""
    return sum(rollouts.processes.running(each) for each in rollouts.installations.all())


def main(arguments: list[str]) -> None:
    """Serve, begin the rollout if there is none yet, and reconcile until it ends."""
    home, stable, candidate, port, *where = arguments
    if where:
        die_at(Boundary.parse(where[0]))
    rollouts, alias_store = rollouts_of(Path(home), int(port)), AliasFile(Path(home) / _PRODUCTION)
    if not alias_store.path.exists():
        alias_store.path.write_text(found_in(Path(stable)).release.digest)
    both = {each.release.digest: each for each in map(found_in, (Path(stable), Path(candidate)))}
    rollouts.serve(both[alias_store.path.read_text()])
    record = rollouts.latest()
    if record is None:
        installed = rollouts.install(found_in(Path(candidate)))
        record = rollouts.start(installed, Strategy.read(STRATEGY))
    while record.phase not in ENDS or _running(rollouts) != 1:
        record = rollouts.reconcile() or record
        time.sleep(0.1)
    rollouts.platform.close()
    sys.stdout.write(
        json.dumps({"phase": record.phase.value, "production": alias_store.read()[Alias.PRODUCTION]})
    )


if __name__ == "__main__":
    main(sys.argv[1:])
