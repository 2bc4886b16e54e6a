"""Candidates put through real rollouts: processes behind Envoy, live traffic, the judge's own gates."""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rich.console import Console

from fraud_contract.artifacts.dataset import Dataset
from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL
from fraud_local.folders import Folders
from fraud_local.platform.installation import PREDICTOR
from fraud_local.platform.site import Site
from fraud_local.workspace import Workspace
from fraud_rollout.core.state.phase import ENDS, Phase
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Release
from fraud_rollout.core.state.seen import Alias
from fraud_rollout.judge.verdict import Verdict
from fraudctl.flows.contenders import FoundRelease
from fraudctl.flows.dataset import evaluation_data
from fraudctl.flows.demo.live_traffic import LiveTraffic, live_traffic
from fraudctl.flows.demo.stories import demo_strategy
from fraudctl.flows.rollout.driver import Rollouts, stopping
from fraudctl.run import Run
from fraudctl.stages import Stages
from support.fraudctl import environment
from support.processes import free_port

ROWS: Final = 50_000
TESTS: Final = Path(__file__).parents[1]


class Aliases:
    """A registry in memory: only `production`."""

    def __init__(self) -> None:
        self.production = ""

    def read(self) -> Mapping[Alias, str]:
        return {Alias.PRODUCTION: self.production}

    def move(self, alias: Alias, release: Release, reason: str) -> None:
        if alias is Alias.PRODUCTION:
            self.production = release.digest


@dataclass
class Outcome:
    """What became of a candidate."""

    record: Record
    customers: int
    """Requests of callers that it answered."""
    lost: int
    """Requests of callers that failed while it was judged, whoever failed."""
    production: str
    """Digest at the alias at the end."""

    @property
    def caught_in(self) -> Phase:
        """The last phase before the way back."""
        back = {Phase.ROLLING_BACK, Phase.ROLLED_BACK, Phase.FAILED}
        return [span.phase for span in self.record.spans if span.phase not in back][-1]

    @property
    def failed_gates(self) -> set[str]:
        """Gates over all payments that failed."""
        return {
            finding.gate.partition("[")[0]
            for judged in self.record.judged
            for finding in judged.findings
            if finding.verdict is Verdict.FAIL
        }


@dataclass
class Field:
    """A stable release that serves, and traffic to it."""

    rollouts: Rollouts
    aliases: Aliases
    traffic: LiveTraffic
    stable: Path
    folder: Path

    @property
    def stable_digest(self) -> str:
        """Of the release that is in production."""
        assert self.rollouts.stable is not None
        return self.rollouts.stable.digest

    def judged(
        self, make: Callable[[Path, Path], None], name: str, predictor: tuple[str, ...] = PREDICTOR
    ) -> Outcome:
        """What becomes of the candidate that `make` writes to a new folder from stable's."""
        target = self.folder / name
        shutil.rmtree(target, ignore_errors=True)
        make(self.stable, target)
        installed = self.rollouts.install(found_in(target), predictor)
        before = self.traffic.summary.failed
        record = self.rollouts.start(installed, demo_strategy())
        deadline = time.monotonic() + 600
        while record.phase not in ENDS:
            assert time.monotonic() < deadline, f"{name}: {record.phase}: {record.reason}"
            record = self.rollouts.turn() or record
            time.sleep(0.2)
        return Outcome(
            record,
            self.rollouts.requests_of(installed.name),
            self.traffic.summary.failed - before,
            self.aliases.production,
        )


def found_in(folder: Path) -> FoundRelease:
    """The release in a folder that training wrote."""
    return FoundRelease.load(Folders(folder / PRODUCTION_MODEL, folder / PREPROCESSOR))


@contextmanager
def field(home: Path, stable: Path) -> Iterator[Field]:
    """Stable serves under traffic until the block ends."""
    environ = environment(home, PYTHONPATH=str(TESTS))
    run = Run(Workspace(home), environ, Stages(Console(stderr=True)))
    whole = evaluation_data(run)
    site = Site.open(run.workspace.platform / "site.json", "127.0.0.1", free_port())
    aliases = Aliases()
    found = found_in(stable)
    aliases.production = found.release.digest
    with stopping(Rollouts(run, site, aliases, lambda: first_rows(whole))) as rollouts:
        rollouts.serve(found)
        with live_traffic(site.url) as traffic:
            yield Field(rollouts, aliases, traffic, stable, home / "candidates")


def first_rows(whole: Dataset) -> Dataset:
    """The first `ROWS` of a dataset."""
    columns = ("amounts", "hours", "days", "categories", "fraud")
    return replace(whole, **{name: getattr(whole, name)[:ROWS] for name in columns})
