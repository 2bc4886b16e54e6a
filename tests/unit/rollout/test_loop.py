"""A rollout is reconciled: observe, decide, save, apply; killed anywhere, another process goes on."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fraud_rollout.core.state.desired import Desired
from fraud_rollout.core.state.observed import Alias, Evidence, Observed, Readiness, Source
from fraud_rollout.core.state.phase import ENDS, Phase
from fraud_rollout.core.state.record import Record
from fraud_rollout.judge.verdict import Count
from fraud_rollout.loop import Loop
from fraud_rollout.records.errors import NoSuchRecord, RecordNotSaved
from fraud_rollout.records.files import RecordFiles
from support.rollouts.decisions import evaluation
from support.rollouts.records import record

ENOUGH = 20_000


class Killed(BaseException):
    """The process ends here."""


@dataclass
class World:
    """A platform in memory: what was applied is what is seen; evidence is good, unless `failing`."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    weights: Mapping[str, int] = field(default_factory=dict)
    aliases: Mapping[Alias, str] = field(default_factory=dict)
    desired: Desired | None = None
    failing: bool = False
    applied: list[tuple[Phase, int]] = field(default_factory=list)

    def observe(self, record: Record) -> Observed:
        there = Readiness(ready=True, carries=100)
        weight = self.weights.get(record.candidate.name, 0)
        evidence = (
            {each: self._evidence(each, record, weight) for each in self.desired.collect}
            if self.desired
            else {}
        )
        return Observed(candidate=there, stable=there, weight=weight, aliases=self.aliases, evidence=evidence)

    def apply(self, record: Record, desired: Desired) -> None:
        self.desired = desired
        self.weights = desired.weights
        self.aliases = {**self.aliases, **{alias: each.digest for alias, each in desired.aliases.items()}}
        self.applied.append((desired.phase, desired.weights[record.candidate.name]))

    def _evidence(self, source: Source, record: Record, weight: int) -> Evidence:
        assert self.desired is not None
        none, many = Count(observations=ENOUGH), Count(events=ENOUGH, observations=ENOUGH)
        counts = {
            Source.GOLDEN: {"golden": none},
            Source.EVALUATION: {},
            Source.SHADOW: {"decisions": none, "scores": none},
            Source.TRAFFIC: {
                "errors": many if self.failing else none,
                "slow": none,
                "restarts": none,
                "memory": none,
                "weight": Count(events=ENOUGH * weight // 100, observations=ENOUGH),
            },
        }[source]
        return Evidence(
            candidate=record.candidate.digest,
            since=self.desired.since,
            at=self.now,
            counts=counts,
            weight=weight if source is Source.TRAFFIC else 0,
            evaluation=evaluation() if source is Source.EVALUATION else None,
            complete=source is not Source.TRAFFIC,
        )

    def clock(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def to_the_end(records: RecordFiles, world: World) -> list[Phase]:
    loop, phases = Loop(records, world, world.clock), [Phase.PENDING]
    while phases[-1] not in ENDS and len(phases) < 60:
        phases.append(loop.reconcile("r1").phase)
    return phases


def test_a_good_candidate_is_promoted_and_every_weight_was_served(tmp_path: Path) -> None:
    records, world = RecordFiles(tmp_path), World()
    records.save(record())
    assert Phase.PROMOTED is to_the_end(records, world)[-1]
    assert [5, 25, 50, 100] == sorted({weight for _, weight in world.applied if weight})
    assert record().candidate.digest == world.aliases[Alias.PRODUCTION]


def test_nothing_is_applied_that_was_not_saved(tmp_path: Path) -> None:
    records = RecordFiles(tmp_path)
    records.save(record())
    saved = []

    class Watching(World):
        def apply(self, record: Record, desired: Desired) -> None:
            stored = records.load("r1")
            assert stored is not None
            saved.append((stored.phase, stored.version) == (record.phase, record.version))
            super().apply(record, desired)

    to_the_end(records, Watching())
    assert {True} == set(saved)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["observe", "save", "apply"])
@pytest.mark.parametrize("reconciliations", range(12))
def test_killed_at_any_boundary_another_process_comes_to_the_same_end(
    tmp_path: Path, step: str, when: str, reconciliations: int
) -> None:
    records, world = RecordFiles(tmp_path), World()
    records.save(record())
    loop = Loop(records, world, world.clock)
    for _ in range(reconciliations):
        loop.reconcile("r1")
    with pytest.MonkeyPatch.context() as patch:
        target = records if step == "save" else world
        real = getattr(target, step)

        def killed(*arguments: object) -> object:
            if when == "after":
                real(*arguments)
            raise Killed

        patch.setattr(target, step, killed)
        with suppress(Killed):  # one that moves nothing saves nothing
            loop.reconcile("r1")
    assert Phase.PROMOTED is to_the_end(records, world)[-1]


def test_a_full_disk_stops_the_way_forward_but_not_the_way_back(tmp_path: Path) -> None:
    records, world = RecordFiles(tmp_path), World()
    records.save(record())
    loop = Loop(records, world, world.clock)
    while loop.reconcile("r1").phase is not Phase.CANARY:
        pass
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RecordFiles, "save", full)
        applied = len(world.applied)
        with pytest.raises(RecordNotSaved):
            loop.reconcile("r1")
        assert applied == len(world.applied)
        world.failing = True
        with pytest.raises(RecordNotSaved):
            loop.reconcile("r1")
        assert (Phase.ROLLING_BACK, 0) == world.applied[-1]
    assert Phase.ROLLED_BACK is to_the_end(records, world)[-1]


def full(_: RecordFiles, __: Record) -> Record:
    raise RecordNotSaved("The disk is full.")


def test_a_rollout_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    world = World()
    with pytest.raises(NoSuchRecord):
        Loop(RecordFiles(tmp_path), world, world.clock).reconcile("r1")
