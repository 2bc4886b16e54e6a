"""A rollout told step by step, without a platform."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from fraud_rollout.core.decide import decide
from fraud_rollout.core.state.command import Command, Verb
from fraud_rollout.core.state.observed import Source
from fraud_rollout.core.state.phase import Cause, Phase
from fraud_rollout.core.strategy.strategy import Strategy
from support.rollouts.decisions import (
    CANDIDATE,
    READY,
    SEEN,
    STABLE,
    START,
    evidence,
    record,
)

if TYPE_CHECKING:
    from fraud_rollout.core.state.desired import Desired


class Story:
    """A rollout on a platform that does at once what is wanted."""

    def __init__(self, strategy: Strategy | None = None, *, first: bool = False) -> None:
        self.record = record(strategy, None if first else STABLE)
        self.now = START
        self.observed = replace(SEEN, stable=None if first else READY)
        self.desired: Desired | None = None
        self.changes: dict[Source, dict[str, object]] = {}
        self.missing: set[Source] = set()

    def step(self, *commands: Command, wait: float = 2.0, **changes: object) -> "Story":
        """One look, `wait` seconds after the last."""
        self.now += timedelta(seconds=wait)
        self.observed = replace(self.observed, **changes)  # type: ignore[arg-type]
        weight = self.observed.weight or 0
        given = {source: evidence(self.record, source, self.now, weight) for source in Source}
        for source, spoilt in self.changes.items():
            given[source] = replace(given[source], **spoilt)  # type: ignore[arg-type]
        shown = {source: each for source, each in given.items() if source not in self.missing}
        looked = replace(self.observed, evidence=shown, commands=commands)
        self.record, self.desired = decide(self.record, self.record.strategy, looked, self.now)
        self.observed = replace(self.observed, weight=self.desired.weights.get(CANDIDATE.name, 0))
        return self

    def show(self, source: Source, **changes: object) -> "Story":
        """From now on, evidence from `source` differs from a good candidate's by `changes`."""
        self.changes[source] = changes
        return self

    def until(self, phase: Phase, at_most: int = 30) -> "Story":
        for _ in range(at_most):
            if self.record.phase is phase:
                return self
            self.step()
        raise AssertionError(f"{self.record.phase} after {at_most} steps: {self.record.reason}")

    @property
    def phases(self) -> list[str]:
        return [f"{span.phase} {span.weight}" for span in self.record.spans]

    @property
    def cause(self) -> Cause | None:
        return self.record.hold.cause if self.record.hold else None


def command(verb: Verb, name: str = "c1", *, evidence: str = "") -> Command:
    return Command(id=name, verb=verb, by="ada", reason="because", at=START, evidence=evidence)
