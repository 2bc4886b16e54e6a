"""Candidates put through real rollouts: processes behind Envoy, live traffic, the judge's own gates."""

import shutil
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rich.console import Console

from fraud_contract.artifacts.dataset import Dataset
from fraud_local.platform.installation import InstalledRelease
from fraud_local.platform.site import Site
from fraud_local.workspace import Workspace
from fraud_rollout.core.state.command import Verb
from fraud_rollout.core.state.observed import Alias, Source
from fraud_rollout.core.state.phase import ENDS, Phase
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Release
from fraudctl.flows.dataset import evaluation_data
from fraudctl.flows.demo.live_traffic import LiveTraffic, live_traffic
from fraudctl.flows.rollout.driver import Rollouts, commands_of, stopping
from fraudctl.run import Run
from fraudctl.stages import Stages
from support.fraudctl import environment
from support.processes import free_port
from support.rollouts.catalogue import Entry
from support.rollouts.found import found_in

ROWS: Final = 50_000
"""Labelled payments that the demo's strategy asks for."""
TESTS: Final = Path(__file__).parents[2]
_PATIENCE: Final = 600.0


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
    """As it ended, or as it was held."""
    customers: int
    """Requests of callers that it answered."""
    lost: int
    """Requests of callers that failed while it was judged, whoever failed."""
    production: str
    """Digest at the alias at the end."""
    seconds: float

    @property
    def found_in(self) -> Phase:
        """The last phase before the end."""
        ends = {Phase.ROLLING_BACK, Phase.ROLLED_BACK, Phase.FAILED, Phase.HELD, Phase.PROMOTED}
        return [span.phase for span in self.record.spans if span.phase not in ends][-1]

    @property
    def weight(self) -> int:
        """Percent at which it was found."""
        return max(span.weight for span in self.record.spans if span.phase is self.found_in)

    @property
    def decided_by(self) -> str:
        """The gate that sent it back, without a category; empty if none did."""
        return self.record.reason.partition(" ")[0].partition("[")[0] if self.record.rejected else ""

    @property
    def pairs(self) -> int:
        """Payments that both releases were asked for in the shadow."""
        shadows = (each.counts for each in self.record.judged if each.source is Source.SHADOW)
        return max((each["decisions"].observations for each in shadows if "decisions" in each), default=0)

    def row(self, name: str) -> str:
        """Of the table in docs/rollouts.md."""
        where = f"{self.found_in} at {self.weight} %" if self.weight else str(self.found_in)
        by = f"`{self.decided_by}`" if self.decided_by else self.record.reason
        good = self.record.phase is Phase.PROMOTED
        cells = (
            name,
            str(self.record.phase),
            "" if good else where,
            "" if good else by.replace("|", "/").partition(" (log:")[0],
            f"{self.pairs:,}",
            f"{self.customers:,}",
            str(self.lost),
            f"{self.seconds:.0f}",
        )
        return f"| {' | '.join(cells)} |"


@dataclass
class Field:
    """A stable release that serves, and traffic to it."""

    rollouts: Rollouts
    aliases: Aliases
    traffic: LiveTraffic
    stable: Path
    workspace: Workspace

    @property
    def stable_digest(self) -> str:
        """Of the release that is in production."""
        assert self.rollouts.stable is not None
        return self.rollouts.stable.digest

    def installed(self, entry: Entry) -> InstalledRelease:
        """The candidate, made and installed."""
        target = self.workspace.root / "candidates" / entry.name.replace(" ", "-")
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(exist_ok=True)
        entry.make(self.stable, target)
        candidate = found_in(target)
        loaded = found_in(self.stable) if entry.impostor else candidate
        return self.rollouts.installations.install(candidate.release, loaded.folders, entry.predictor)

    def judged(self, entry: Entry) -> Outcome:
        """What becomes of a candidate. One that is held is aborted afterwards, so that the next can begin."""
        installed = self.installed(entry)
        before, begun = self.traffic.summary.failed, time.monotonic()
        record = self.reconciled(self.rollouts.start(installed, entry.strategy), ENDS | {Phase.HELD})
        seconds = time.monotonic() - begun
        if record.phase is Phase.HELD:
            commands_of(self.workspace).give(record.id, Verb.ABORT, "the next one waits")
            self.reconciled(record, ENDS)
        return Outcome(
            record,
            self.rollouts.requests_of(installed.name),
            self.traffic.summary.failed - before,
            self.aliases.production,
            seconds,
        )

    def reconciled(self, record: Record, ends: Collection[Phase]) -> Record:
        """The record once it is in one of these phases."""
        deadline = time.monotonic() + _PATIENCE
        while record.phase not in ends:
            assert time.monotonic() < deadline, f"{record.phase}: {record.reason}"
            record = self.rollouts.reconcile() or record
            time.sleep(0.2)
        return record


@contextmanager
def field(home: Path, stable: Path, rows: int = ROWS) -> Iterator[Field]:
    """Stable serves under traffic until the block ends; judged is by so many labelled payments."""
    environ = environment(home, PYTHONPATH=str(TESTS))
    run = Run(Workspace(home), environ, Stages(Console(stderr=True)))
    whole = evaluation_data(run)
    site = Site.open(run.workspace.platform / "site.json", "127.0.0.1", free_port())
    aliases = Aliases()
    found = found_in(stable)
    aliases.production = found.release.digest
    with stopping(Rollouts(run, site, aliases, lambda _: first_rows(whole, rows))) as rollouts:
        rollouts.serve(found)
        with live_traffic(site.url) as traffic:
            yield Field(rollouts, aliases, traffic, stable, run.workspace)


def first_rows(whole: Dataset, rows: int) -> Dataset:
    """The first rows of a dataset."""
    columns = ("amounts", "hours", "days", "categories", "fraud")
    return replace(whole, **{name: getattr(whole, name)[:rows] for name in columns})
