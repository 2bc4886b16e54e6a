"""Rollouts on this machine: what is in production serves behind Envoy, candidates are judged and moved."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from fraud_contract.artifacts.dataset import Dataset
from fraud_local.endpoint import LOOPBACK, Endpoint
from fraud_local.envoy.proxy import ENVOY, Proxy, binary
from fraud_local.monitoring import target_of, watch_targets
from fraud_local.platform.aliases import AliasMover
from fraud_local.platform.commands import Commands
from fraud_local.platform.installation import PREDICTOR, Installations, InstalledRelease
from fraud_local.platform.local import LocalPlatform, Parts
from fraud_local.platform.release_processes import ReleaseProcesses
from fraud_local.platform.site import Site
from fraud_local.workspace import Workspace
from fraud_processes.detached import DetachedProcesses
from fraud_processes.errors import LocalError, ProcessFailed
from fraud_rollout.core.admission import Following, refusal, rollback_refusal, rollback_to
from fraud_rollout.core.state.command import Command
from fraud_rollout.core.state.phase import ENDS, Phase
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Release
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_rollout.loop import Loop
from fraud_rollout.platforms.platform import AliasStore
from fraud_rollout.records.errors import RecordConflict
from fraud_rollout.records.files import RecordFiles
from fraudctl.flows.found_release import FoundRelease
from fraudctl.run import Run

if TYPE_CHECKING:
    from fraud_monitor.sources.targets import Target

_START: Final = 120.0
"""Seconds for what is in production to get ready; five on an idle machine."""
_LOOK: Final = 0.1
_APART: Final = timedelta(seconds=1)
"""Between the beginnings of two rollouts: ids are made of seconds."""
_EVERYTHING: Final = 100
JUDGED: Final = "judge-"
"""Prefix of records of comparisons that moved no traffic."""


class RolloutRefused(LocalError):
    """No rollout of the candidate may begin."""

    code = "rollout_refused"


class Rollouts:
    """Drives the rollouts of one workspace. Releases and Envoy outlive it; another one goes on with them."""

    def __init__(
        self,
        run: Run,
        site: Site,
        alias_store: AliasStore,
        dataset: Callable[[frozenset[str]], Dataset | None],
    ) -> None:
        folder = run.workspace.platform
        processes = DetachedProcesses(folder / "processes", run.workspace.logs)
        self.site = site
        self.records = RecordFiles(run.workspace.rollouts)
        self.installations = installations_of(run.workspace)
        self.proxy = Proxy(binary(), site.ports, folder / "envoy", processes)
        self.processes = ReleaseProcesses(processes, run.environ, site.token)
        self._all = processes
        self._newer: Release | None = None
        self._stable: InstalledRelease | None = None
        self.aliases = AliasMover(alias_store)
        self._workspace = run.workspace
        self._watched: list[Target] | None = None
        self._commands = commands_of(run.workspace)
        parts = Parts(
            installations=self.installations,
            processes=self.processes,
            proxy=self.proxy,
            commands=self._commands,
            aliases=self.aliases,
            token=site.token,
            dataset=dataset,
            newer=lambda: self._newer,
        )
        self.platform = LocalPlatform(parts, _now)
        self._loop = Loop(self.records, self.platform, _now)

    def install(self, found: FoundRelease, predictor: tuple[str, ...] = PREDICTOR) -> InstalledRelease:
        """The release, with its place on this machine."""
        return self.installations.install(found.release, found.folders, predictor)

    def serve(self, found: FoundRelease) -> None:
        """Have the release that is in production serve, or go on with the rollout that was under way.

        Raises:
            ProcessFailed: nothing serves within two minutes.
        """
        if not self.found():
            self.proxy.forget()
        self._stable = self.install(found)
        latest = self.latest()
        if latest is not None and latest.phase in ENDS and _left(latest).digest != found.release.digest:
            self._closed = latest.id
        deadline = time.monotonic() + _START
        while not self._served():
            if time.monotonic() > deadline or (failure := self.processes.readiness(self._stable).failure):
                raise ProcessFailed(failure or f"{self._stable.name} was not ready within {_START:g} s.")
            time.sleep(_LOOK)

    _closed = ""
    """The rollout that ended before something else was put into production by hand."""

    def found(self) -> bool:
        """Whether Envoy runs already, left by a process that was killed."""
        return self.proxy.running()

    def start(self, installed: InstalledRelease, strategy: Strategy, *, again: bool = False) -> Record:
        """Begin a rollout of an installed candidate.

        Raises:
            RolloutRefused: none may begin; the message says why.
        """
        earlier = self.all()
        reason = refusal(installed.release, Following(self.stable, earlier), again=again)
        if reason:
            raise RolloutRefused(f"No rollout of {installed.name}: {reason}.")
        created = self._next()
        record = Record(
            id=f"{installed.name}-{created:%Y%m%d-%H%M%S}",
            created=created,
            stable=self.stable,
            candidate=installed.release,
            strategy=strategy,
        )
        self._newer = None
        return self.records.save(record)

    def _next(self) -> datetime:
        """When the next rollout begins: after the newest one, even if the clock was set back since."""
        latest = self.latest()
        return _now() if latest is None else max(_now(), latest.created + _APART)

    def roll_back(self, installed: InstalledRelease, command: Command, strategy: Strategy) -> Record | None:
        """The way from what is in production to an installed release; no gate is asked.

        A rollout that is under way is ended first, by the same command: None until then, so ask again. Where
        it was on its way from that very release, this is all, and the record is that rollout's.

        Raises:
            RolloutRefused: it cannot begin; the message says why.
        """
        latest = self.latest()
        if latest is not None and latest.id != self._closed:
            ended_by_it = any(each.command.id == command.id for each in latest.commands)
            if latest.phase not in ENDS:
                if not ended_by_it:
                    self._commands.pass_on(latest.id, command)
                return None
            if ended_by_it and _left(latest).digest == installed.release.digest:
                return latest
        current = self.stable
        reason = rollback_refusal(installed.release, Following(current, self.all()))
        if reason or current is None:
            raise RolloutRefused(f"No rollback to {installed.name}: {reason}.")
        return self.records.save(rollback_to(installed.release, current, command, strategy, self._next()))

    def reconcile(self) -> Record | None:
        """Reconcile the newest rollout once, else plain serving; the record after it."""
        self._watch()
        latest = self.latest()
        if latest is None or latest.id == self._closed:
            self._served()
            return None
        try:
            record = self._loop.reconcile(latest.id)
        except RecordConflict:
            return latest
        self._keep_details(latest, record)
        return record

    def _watch(self) -> None:
        """Have the monitor watch what runs."""
        targets = [
            target_of(
                each.name,
                each.folders,
                Endpoint(LOOPBACK, each.http, each.grpc, each.admin),
                each.predictor_http,
            )
            for each in self.installations.all()
            if self.processes.running(each)
        ]
        if targets != self._watched:
            self._watched = targets
            watch_targets(self._workspace, targets)

    def all(self) -> list[Record]:
        """Records of rollouts, the oldest first."""
        return [record for record in self.records.all() if not record.id.startswith(JUDGED)]

    def latest(self) -> Record | None:
        """The newest rollout, ended or not."""
        return max(self.all(), key=lambda record: record.created, default=None)

    @property
    def stable(self) -> Release | None:
        """What is in production here."""
        latest = self.latest()
        if latest is not None and latest.id != self._closed:
            return _left(latest) if latest.phase in ENDS else latest.stable
        return self._stable.release if self._stable else None

    def supersede(self, newer: Release) -> None:
        """Say that a newer candidate was published."""
        self._newer = newer

    def stop(self) -> None:
        """End everything: releases and Envoy."""
        self.platform.close()
        self.proxy.stop()
        for installed in self.installations.all():
            self.processes.stop(installed)

    def _served(self) -> bool:
        """Whether the release in production has all the traffic."""
        latest = self.latest()
        if latest is not None and latest.id != self._closed:
            self.reconcile()
            return sum(self.proxy_weights().values()) == _EVERYTHING
        if self._stable is None:
            return False
        self.processes.ensure(self._stable)
        self._watch()
        return self.platform.serve({self._stable.name: _EVERYTHING})

    def proxy_weights(self) -> dict[str, int]:
        """Percent by release, as served; empty where Envoy cannot be asked."""
        try:
            return self.proxy.admin.weights()
        except LocalError:
            return {}

    def requests_of(self, name: str) -> int:
        """Requests that a release answered since Envoy started."""
        try:
            counted = self.proxy.admin.traffic().get(name)
        except LocalError:
            return 0
        return counted.requests if counted else 0

    def _keep_details(self, before: Record, after: Record) -> None:
        if self.platform.gathering is not None and before.phase is not after.phase:
            self.records.save_details(after.id, self.platform.gathering.details)


def installations_of(workspace: Workspace) -> Installations:
    """Releases installed for rollouts."""
    return Installations(workspace.platform / "releases")


def envoy_runs(workspace: Workspace) -> bool:
    """Whether an Envoy of this workspace runs, left by a process that was killed."""
    return DetachedProcesses(workspace.platform / "processes", workspace.logs).find(ENVOY) is not None


def commands_of(workspace: Workspace) -> Commands:
    """What people ask of rollouts."""
    return Commands(workspace.rollouts / "commands")


def _left(ended: Record) -> Release:
    """What an ended rollout left in production."""
    if ended.phase is Phase.PROMOTED or ended.stable is None:
        return ended.candidate
    return ended.stable


@contextmanager
def stopping(rollouts: Rollouts) -> Iterator[Rollouts]:
    """Everything that `rollouts` runs ends with the block."""
    try:
        yield rollouts
    finally:
        rollouts.stop()


def _now() -> datetime:
    return datetime.now(UTC)
