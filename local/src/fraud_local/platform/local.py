"""The platform of one machine: releases as processes behind Envoy, evidence from their own ports."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from fraud_contract.artifacts.dataset import Dataset, evaluated_on
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
from fraud_rollout.core.state.desired import Desired, Pods
from fraud_rollout.core.state.observed import Observed, Readiness
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Release
from fraud_rollout.evidence.endpoint import RELEASE, Address, Endpoint, Identity
from fraud_rollout.evidence.traffic import ProxyCounts
from fraud_rollout.offline import RunningRelease
from fraud_rollout.platforms.gathering import ComparedReleases, Gathering

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
    dataset: Callable[[frozenset[str]], Dataset | None]
    """Labelled payments with one of these fingerprints, by which releases were measured; None without."""
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

    def observe(self, record: Record) -> Observed:
        """One look; evidence is what the background has gathered so far."""
        weights = self._weights()
        gathering = self._gathering if self._record_id == record.id else None
        answered = {each.command.id for each in record.commands}
        return Observed(
            candidate=self._readiness(record.candidate),
            stable=self._readiness(record.stable) if record.stable else None,
            weight=None if weights is None else weights.get(record.candidate.name, 0),
            proxy_failure=self._proxy_failure(weights),
            aliases=self._parts.aliases.known(),
            evidence=gathering.evidence if gathering else {},
            evidence_problem=gathering.problem if gathering else "",
            commands=self._parts.commands.open(record.id, answered),
            newer=self._parts.newer(),
        )

    def apply(self, record: Record, desired: Desired) -> None:
        """Processes, then routes, then what is to be gathered, then aliases."""
        for kept in desired.releases.values():
            if kept.pods is not Pods.PARKED:
                self._start(kept.release)
        self.serve(desired.weights)
        weights = self._weights()
        if weights is not None:
            remaining = {name for name, each in desired.releases.items() if each.pods is not Pods.PARKED}
            self._park_all_but(remaining, weights)
        self._gather(record, desired, weights)
        self._parts.aliases.want(desired.aliases, desired.reason)

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

    def _readiness(self, release: Release) -> Readiness:
        installed = self._parts.installations.find(release.name)
        return Readiness() if installed is None else self._parts.processes.readiness(installed)

    def _start(self, release: Release) -> None:
        installed = self._parts.installations.find(release.name)
        if installed is not None:
            self._parts.processes.ensure(installed)

    def _park_all_but(self, kept: Collection[str], weights: Mapping[str, int]) -> None:
        """End the processes of every other release without weight, also those of an earlier rollout."""
        for installed in self._parts.installations.all():
            desired = installed.name in kept or weights.get(installed.name)
            if not desired and self._parts.processes.running(installed):
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

    def _gather(self, record: Record, desired: Desired, weights: dict[str, int] | None) -> None:
        if self._record_id != record.id:
            self.close()
            self._record_id = record.id
        if self._gathering is None and desired.collect:
            compared = self._compared(record)
            self._gathering = None if compared is None else Gathering(compared, self._now)
        if self._gathering is not None:
            served = None if weights is None else weights.get(record.candidate.name, 0)
            self._gathering.want(record, desired, served)

    def _compared(self, record: Record) -> ComparedReleases | None:
        candidate = self._parts.installations.find(record.candidate.name)
        stable = record.stable and self._parts.installations.find(record.stable.name)
        if candidate is None or (record.stable is not None and stable is None):
            return None
        pinned = Address(
            f"http://{LOOPBACK}:{self._parts.proxy.ports.pinned}",
            token=self._parts.token,
            headers={RELEASE: candidate.name},
        )
        before = self._running_release(stable) if stable else None
        after = self._running_release(candidate)
        measured_by = frozenset(evaluated_on(each.model) for each in (before, after) if each) - {""}
        return ComparedReleases(
            stable=before,
            candidate=after,
            pinned=Endpoint(_identity(candidate), pinned, _ANSWER),
            proxy_counts=lambda: self._proxy_counts(candidate.name),
            dataset=partial(self._parts.dataset, measured_by),
            predictors=self._predictors,
        )

    def _predictors(self, release: Release) -> Mapping[str, Page]:
        installed = self._parts.installations.find(release.name)
        page = None if installed is None else self._parts.processes.predictor_metrics(installed)
        return {} if page is None else {"predictor": page}

    def _running_release(self, installed: InstalledRelease) -> RunningRelease:
        address = Address(
            f"http://{LOOPBACK}:{installed.http}",
            admin_url=f"http://{LOOPBACK}:{installed.admin}",
            token=self._parts.token,
        )
        model = ModelArtifact.load(installed.model)
        return RunningRelease(installed.release, model, Endpoint(_identity(installed), address, _ANSWER))

    def _proxy_counts(self, name: str) -> ProxyCounts | None:
        try:
            counted = self._parts.proxy.admin.traffic().get(name)
        except ProxyAway:
            return None
        return None if counted is None else ProxyCounts(counted.requests, counted.failed)


def _identity(installed: InstalledRelease) -> Identity:
    release = installed.release
    return Identity(release.name, release.model.digest, release.preprocessor.digest)
