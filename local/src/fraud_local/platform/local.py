"""The platform of one machine: releases as processes behind Envoy, evidence from their own ports."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fraud_contract.artifacts.dataset import Dataset
from fraud_contract.artifacts.loading import ModelArtifact
from fraud_contract.metrics.page import Page
from fraud_local.endpoint import LOOPBACK
from fraud_local.envoy.proxy import Proxy
from fraud_local.envoy.upstream import Upstream
from fraud_local.errors import ProxyAway
from fraud_local.platform.aliases import AliasMover
from fraud_local.platform.commands import Commands
from fraud_local.platform.installation import Installations, InstalledRelease
from fraud_local.platform.release_processes import ReleaseProcesses
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Release
from fraud_rollout.core.state.seen import Presence, Seen
from fraud_rollout.core.state.wanted import Pods, Wanted
from fraud_rollout.evidence.endpoint import RELEASE, Address, Endpoint, Identity
from fraud_rollout.evidence.traffic import Outside
from fraud_rollout.offline import Contender
from fraud_rollout.platforms.gathering import Contest, Gathering

_ANSWER: Final = 30.0
"""Seconds for an answer of a release to a batch of labelled payments, on a busy laptop."""


@dataclass(frozen=True)
class Parts:
    """What a local platform is made of."""

    installations: Installations
    processes: ReleaseProcesses
    proxy: Proxy
    commands: Commands
    aliases: AliasMover
    token: str
    dataset: Callable[[], Dataset | None]
    newer: Callable[[], Release | None]
    """The candidate published last, if its artifacts are here."""


class LocalPlatform:
    """A `fraud_rollout.platforms.platform.Platform`."""

    def __init__(self, parts: Parts, now: Callable[[], datetime]) -> None:
        self._parts = parts
        self._now = now
        self._gathering: Gathering | None = None
        self._record_id = ""
        self._proxy_ended = False

    def seen(self, record: Record) -> Seen:
        """One look; evidence is what the background has gathered so far."""
        weights = self._weights()
        gathering = self._gathering if self._record_id == record.id else None
        answered = {each.command.id for each in record.commands}
        return Seen(
            candidate=self._presence(record.candidate),
            stable=self._presence(record.stable) if record.stable else None,
            weight=None if weights is None else weights.get(record.candidate.name, 0),
            proxy_failure=self._proxy_failure(weights),
            aliases=self._parts.aliases.seen(),
            evidence=gathering.evidence if gathering else {},
            evidence_problem=gathering.problem if gathering else "",
            commands=self._parts.commands.open(record.id, answered),
            newer=self._parts.newer(),
        )

    def apply(self, record: Record, wanted: Wanted) -> None:
        """Processes, then routes, then what is to be gathered, then aliases."""
        for kept in wanted.releases.values():
            if kept.pods is not Pods.PARKED:
                self._start(kept.release)
        self.serve(wanted.weights)
        weights = self._weights()
        if weights is not None:
            remaining = {name for name, each in wanted.releases.items() if each.pods is not Pods.PARKED}
            self._park_all_but(remaining, weights)
        self._gather(record, wanted, weights)
        self._parts.aliases.want(wanted.aliases, wanted.reason)

    def serve(self, weights: Mapping[str, int]) -> bool:
        """Have Envoy running with these weights; returns whether they are in force."""
        self._parts.proxy.ensure()
        upstreams = [
            Upstream(each.name, each.http, each.grpc, each.admin)
            for each in self._parts.installations.all()
            if self._parts.processes.running(each) or weights.get(each.name)
        ]
        try:
            return self._parts.proxy.route(upstreams, weights)
        except ProxyAway:
            return False

    @property
    def gathering(self) -> Gathering | None:
        """What gathers evidence of the present rollout."""
        return self._gathering

    def close(self) -> None:
        """End what runs in this process; releases and Envoy go on."""
        if self._gathering is not None:
            self._gathering.end()
        self._gathering = None

    def _presence(self, release: Release) -> Presence:
        installed = self._parts.installations.find(release.name)
        return Presence() if installed is None else self._parts.processes.presence(installed)

    def _start(self, release: Release) -> None:
        installed = self._parts.installations.find(release.name)
        if installed is not None:
            self._parts.processes.ensure(installed)

    def _park_all_but(self, kept: Collection[str], weights: Mapping[str, int]) -> None:
        """End the processes of every other release without weight, also those of an earlier rollout."""
        for installed in self._parts.installations.all():
            wanted = installed.name in kept or weights.get(installed.name)
            if not wanted and self._parts.processes.running(installed):
                self._parts.processes.stop(installed)

    def _weights(self) -> dict[str, int] | None:
        try:
            return self._parts.proxy.admin.weights()
        except ProxyAway:
            return None

    def _proxy_failure(self, weights: dict[str, int] | None) -> str:
        """Set from the end of Envoy's process until a new one answers."""
        if not self._parts.proxy.running():
            self._proxy_ended = True
        elif weights is not None:
            self._proxy_ended = False
        return "Envoy does not run and is started again" if self._proxy_ended else ""

    def _gather(self, record: Record, wanted: Wanted, weights: dict[str, int] | None) -> None:
        if self._record_id != record.id:
            self.close()
            self._record_id = record.id
        if self._gathering is None and wanted.collect:
            contest = self._contest(record)
            self._gathering = None if contest is None else Gathering(contest, self._now)
        if self._gathering is not None:
            served = None if weights is None else weights.get(record.candidate.name, 0)
            self._gathering.want(record, wanted, served)

    def _contest(self, record: Record) -> Contest | None:
        candidate = self._parts.installations.find(record.candidate.name)
        stable = record.stable and self._parts.installations.find(record.stable.name)
        if candidate is None or (record.stable is not None and stable is None):
            return None
        pinned = Address(
            f"http://{LOOPBACK}:{self._parts.proxy.ports.pinned}",
            token=self._parts.token,
            headers={RELEASE: candidate.name},
        )
        return Contest(
            stable=self._contender(stable) if stable else None,
            candidate=self._contender(candidate),
            pinned=Endpoint(_identity(candidate), pinned, _ANSWER),
            outside=lambda: self._outside(candidate.name),
            dataset=self._parts.dataset,
            predictors=self._predictors,
        )

    def _predictors(self, release: Release) -> Mapping[str, Page]:
        installed = self._parts.installations.find(release.name)
        page = None if installed is None else self._parts.processes.predictor_metrics(installed)
        return {} if page is None else {"predictor": page}

    def _contender(self, installed: InstalledRelease) -> Contender:
        address = Address(
            f"http://{LOOPBACK}:{installed.http}",
            admin_url=f"http://{LOOPBACK}:{installed.admin}",
            token=self._parts.token,
        )
        model = ModelArtifact.load(installed.model)
        return Contender(installed.release, model, Endpoint(_identity(installed), address, _ANSWER))

    def _outside(self, name: str) -> Outside | None:
        try:
            counted = self._parts.proxy.admin.traffic().get(name)
        except ProxyAway:
            return None
        return None if counted is None else Outside(counted.requests, counted.failed)


def _identity(installed: InstalledRelease) -> Identity:
    release = installed.release
    return Identity(release.name, release.model.digest, release.preprocessor.digest)
