"""Whatever happens, in whatever order, a rollout stays safe and comes to an end or says what it waits for."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from fraud_rollout.core.decide import decide
from fraud_rollout.core.state.command import Command, Verb
from fraud_rollout.core.state.desired import Desired, Pods
from fraud_rollout.core.state.observed import Alias, Evidence, Observed, Readiness, Source
from fraud_rollout.core.state.phase import ENDS, Phase
from fraud_rollout.core.state.record import LARGEST, Record
from fraud_rollout.core.strategy.strategy import Approval, Strategy
from fraud_rollout.judge.verdict import Count
from support.rollouts.decisions import (
    READY,
    STABLE,
    START,
    evaluation,
    evidence,
    pairs,
    record,
    release,
    traffic,
)

STEPS_PER_SEED = 2_600
"""With forty seeds, above 100,000 in all."""


@dataclass
class World:
    """A platform that does what is wanted, when it is in the mood, and lets everything go wrong."""

    dice: random.Random
    record: Record
    now: datetime = START
    weight: int | None = 0
    aliases: dict[Alias, str] = field(default_factory=dict)
    decided: Record | None = None
    desired: Desired | None = None
    good: bool = True
    commands: int = 0
    steps: int = 0

    def step(self) -> tuple[Record, Observed]:
        """One look, one decision, perhaps saved and applied; the record before and what was seen."""
        self.now += timedelta(seconds=self.dice.choice([1, 2, 2, 2, 10, 60, 400]))
        if self.dice.random() < 0.005:
            self.now += timedelta(hours=self.dice.choice([-30, -1, 1, 3, 30]))
        before, observed = self.record, self._look()
        after, desired = decide(before, before.strategy, observed, self.now)
        if self.dice.random() < 0.05:
            assert (after, desired) == decide(before, before.strategy, observed, self.now)
        self.steps += 1
        self.decided = after
        if self.dice.random() < 0.95:  # else killed before it was saved
            self.record = Record.from_json(after.to_json()) if self.dice.random() < 0.02 else after
            if self.dice.random() < 0.9:  # else killed before it was applied
                self._apply(desired)
        self.desired = desired
        return before, observed

    def _apply(self, desired: Desired) -> None:
        self.weight = desired.weights.get(self.record.candidate.name, 0)
        if self.dice.random() < 0.8:
            self.aliases |= {alias: release.digest for alias, release in desired.aliases.items()}

    def _look(self) -> Observed:
        chance = self.dice.random
        return Observed(
            candidate=self._readiness(),
            stable=None if self.record.stable is None else self._readiness(),
            weight=None if chance() < 0.02 else self.weight,
            aliases=None if chance() < 0.05 else dict(self.aliases),
            evidence=self._evidence(),
            commands=self._people(),
            newer=release("newer", 3) if chance() < 0.001 else None,
        )

    def _readiness(self) -> Readiness:
        draw = self.dice.random()
        if draw < 0.0005:
            return Readiness(failure="image not found")
        if draw < 0.02:
            return Readiness()
        if draw < 0.021:
            return replace(READY, altered="replicas")
        return replace(READY, carries=self.dice.choice([0, 5, 50, 100, 100, 100, 100]))

    def _evidence(self) -> Mapping[Source, Evidence]:
        given = {}
        for source in self.desired.collect if self.desired else ():
            if self.dice.random() < 0.1:
                continue
            weight = (self.weight or 0) if source is Source.TRAFFIC else 0
            sample = evidence(self.record, source, self.now, weight)
            given[source] = self._spoilt(replace(sample, counts=self._counts(source, weight)))
        return given

    def _counts(self, source: Source, weight: int) -> Mapping[str, Count]:
        n = self.dice.choice([0, 50, 300, 3_000, 8_000])
        rate = 0.001 if self.good else self.dice.choice([0.001, 0.006, 0.03])
        events = int(n * rate)
        match source:
            case Source.GOLDEN:
                return {"golden": Count(events=int(not self.good and events > 1), observations=300)}
            case Source.EVALUATION:
                return {}
            case Source.SHADOW:
                return pairs(n, decisions=events, scores=events)
            case Source.TRAFFIC:
                return traffic(n, weight, errors=events // 20 if self.good else events)

    def _spoilt(self, sample: Evidence) -> Evidence:
        faults: list[dict[str, Any]] = [
            {"error": "a row of the control differs"},
            {"at": self.now - timedelta(hours=1)},
            {"candidate": "digest-of-another"},
            {"since": START - timedelta(days=1)},
            {"weight": sample.weight + 1},
            {"complete": True},
        ]
        if self.dice.random() < 0.12:
            return replace(sample, **self.dice.choice(faults))
        if sample.evaluation and not self.good:
            return replace(sample, evaluation=evaluation(cost=self.dice.choice([0.0, 0.08, 0.5])))
        return sample

    def _people(self) -> list[Command]:
        if self.dice.random() > 0.01:
            return []
        asked = self.dice.choices(list(Verb), weights=[3, 6, 6, 1, 1], k=self.dice.choice([1, 2]))
        commands = []
        for verb in asked:
            self.commands += 1
            digest = self.dice.choice(["", self.record.evidence_digest, "old"])
            commands.append(
                Command(id=f"c{self.commands}", verb=verb, by="ada", at=self.now, evidence=digest)
            )
        return commands


def check(world: World, before: Record, observed: Observed) -> None:
    after, desired = world.decided, world.desired
    assert after is not None
    assert desired is not None
    candidate, stable = after.candidate.name, after.stable.name if after.stable else ""
    # Weights are all of the traffic, or nothing serves yet.
    assert sum(desired.weights.values()) == 100 or (not after.stable and desired.weights == {})
    # Who has traffic has pods; stable keeps all of its own until the promotion.
    for name, weight in desired.weights.items():
        kept = desired.releases[name]
        assert not weight or (kept.pods is Pods.RUNNING and kept.share >= weight)
    if after.stable and desired.phase is not Phase.PROMOTED:
        assert desired.releases[stable].pods is not Pods.PARKED
        assert desired.releases[stable].share == 100
    # Nothing goes to a stable that is away, from a candidate that serves.
    if (
        observed.stable
        and not observed.stable.ready
        and observed.weight
        and desired.phase is not Phase.PROMOTED
    ):
        assert desired.weights[candidate] >= observed.weight
    # Aliases move after the soak only.
    moving = {Alias.PRODUCTION, Alias.PREVIOUS} & desired.aliases.keys()
    assert not moving or after.soaked
    # Nobody is promoted without evidence, or a person's word.
    if desired.phase is Phase.PROMOTED:
        assert promised(after)
    # A held rollout says why.
    if desired.phase is Phase.HELD:
        assert desired.reason
    # Evidence about another release, of another step or in doubt passes and fails nothing.
    if before.phase in {Phase.SHADOW, Phase.CANARY, Phase.SOAK} and desired.phase is not before.phase:
        unusable = all(
            each.error or each.candidate != after.candidate.digest or each.since != before.counting_since
            for each in observed.evidence.values()
        )
        assert (
            not unusable
            or desired.phase not in {Phase.CANARY, Phase.SOAK, Phase.PROMOTING}
            or observed.commands
        )


def promised(promoted: Record) -> bool:
    """Whether every phase passed, or was accepted by a person."""
    passed = {(each.source, each.weight) for each in promoted.judged if each.passed}
    asked = {(Source.GOLDEN, 0), (Source.EVALUATION, 0), (Source.TRAFFIC, 100)}
    if promoted.stable is not None:
        asked |= {(Source.SHADOW, 0), *((Source.TRAFFIC, step) for step in promoted.strategy.steps)}
    return len(asked - passed) <= len(promoted.accepted)


@pytest.mark.parametrize("seed", range(40))
def test_random_walks_stay_safe(seed: int) -> None:
    dice = random.Random(seed)
    steps, ends = 0, set()
    while steps < STEPS_PER_SEED:
        strategy = Strategy(approval=dice.choice(list(Approval)))
        stable = None if dice.random() < 0.1 else STABLE
        world = World(dice, record(strategy=strategy, stable=stable), good=dice.random() < 0.6)
        while world.steps < 400 and not (world.record.phase in ENDS and dice.random() < 0.2):
            check(world, *world.step())
        assert len(world.record.to_json().encode()) < LARGEST
        steps += world.steps
        ends.add(world.record.phase)
    assert ends <= ENDS | {Phase.HELD, Phase.ROLLING_BACK, Phase.CANARY, Phase.SOAK, Phase.SHADOW}
    assert Phase.PROMOTED in ends or Phase.ROLLED_BACK in ends
