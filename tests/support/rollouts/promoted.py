"""A rollout from its beginning to its promotion, with evidence made up by hand and a clock that is told."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from fraud_contract.policy import Costs, ThresholdPolicy
from fraud_rollout.core.decide import decide
from fraud_rollout.core.state.command import Command, Verb
from fraud_rollout.core.state.desired import Desired
from fraud_rollout.core.state.observed import Evidence, Observed, Readiness, Source
from fraud_rollout.core.state.phase import ENDS
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.strategy.strategy import EvaluationSettings, Strategy
from fraud_rollout.evidence.describe import curves_of, moves_of, pairs_of
from fraud_rollout.evidence.facts import Facts
from fraud_rollout.judge.answers import Answers, Payments
from fraud_rollout.judge.evaluation import Evaluation, Terms, evaluate
from fraud_rollout.judge.verdict import Count
from fraud_rollout.records.details import ChangedFact, Details, Latency
from support.artifacts.datasets import labelled_rows
from support.artifacts.releases import CATEGORIES
from support.rollouts.records import record

STRATEGY = Strategy(evaluation=EvaluationSettings(rows=1_000, frauds=50, resamples=200))
POLICY = ThresholdPolicy(review=0.2, block=0.6)
_SHADOWED = 200
_SERVED = 1_000
ACCEPTED_BY = "erika.mustermann"


@dataclass(frozen=True)
class Labelled:
    """Payments that both releases answered."""

    facts: Facts
    payments: Payments
    stable: Answers
    candidate: Answers

    @classmethod
    def made(cls, count: int = 3_000, noise: float = 0.01) -> "Labelled":
        """The candidate's scores are stable's, some of them a little off."""
        rows, random = labelled_rows(count), np.random.default_rng(5)
        categories = np.asarray(CATEGORIES, object)[rows["category"]]
        facts = Facts(rows["amt"], rows["hour"], rows["day_of_week"], categories)
        scores = np.clip(0.7 * rows["is_fraud"] + random.beta(1, 12, count), 0.0001, 1)
        off = np.clip(scores + noise * random.normal(size=count) * (random.random(count) < 0.2), 0.0001, 1)
        stable, candidate = (
            Answers(each.astype(np.float32), POLICY.decide_all(each.astype(np.float32), rows["amt"]))
            for each in (scores, off)
        )
        name = "evaluation_data:v3 (eeeeeeeeeeee)"
        return cls(facts, Payments(rows["amt"], rows["is_fraud"], categories, name), stable, candidate)

    def evaluation(self) -> Evaluation:
        """Judged as a rollout does."""
        return evaluate(self.payments, self.stable, self.candidate, Terms(Costs(), resamples=200))

    def details(self, **more: Any) -> Details:  # noqa: ANN401 - any field
        """What a report shows of them."""
        fields: dict[str, Any] = {
            "command": "fraudctl rollout start candidate",
            "changes": (
                ChangedFact(topic="data", name="train.to", stable="2020-01-31", candidate="2020-03-31"),
                ChangedFact(topic="parameters", name="max_depth", stable="6", candidate="5"),
            ),
            "pairs": pairs_of(self.facts, self.stable, self.candidate),
            "moves": moves_of(self.payments, self.stable, self.candidate),
            "curves": {
                "stable": curves_of(self.payments, self.stable),
                "candidate": curves_of(self.payments, self.candidate),
            },
            "latency": (
                Latency(
                    weight=5,
                    stable={"p50": 0.0011, "p90": 0.0019, "p99": 0.0042},
                    candidate={"p50": 0.0012, "p90": 0.0019, "p99": 0.0041},
                ),
            ),
        }
        return Details(**fields | more)


@dataclass
class Story:
    """Drives one record by `decide`, thirty seconds a step."""

    labelled: Labelled
    record: Record = field(default_factory=lambda: record(strategy=STRATEGY))
    looks: int = 0

    @property
    def now(self) -> datetime:
        """The time of this look."""
        return self.record.created + timedelta(seconds=30 * self.looks)

    def run(self) -> Record:
        """To its end; a person pauses it at the fourth look, and resumes it at the sixth."""
        desired, evidence = None, dict[Source, Evidence]()
        while self.record.phase not in ENDS:
            self.looks += 1
            assert self.looks < 200, self.record.phase
            self.record, desired = decide(self.record, STRATEGY, self._seen(desired, evidence), self.now)
            for source in desired.collect:
                evidence[source] = self._gathered(source, desired, evidence.get(source))
        return self.record

    def _seen(self, desired: Desired | None, evidence: dict[Source, Evidence]) -> Observed:
        there = Readiness(ready=True, carries=100)
        observed = Observed(candidate=there, stable=there, weight=0, evidence=evidence, aliases={})
        if desired is None:
            return observed
        aliases = {alias: release.digest for alias, release in desired.aliases.items()}
        weight = desired.weights.get(self.record.candidate.name, 0)
        return replace(observed, weight=weight, aliases=aliases, commands=self._commands())

    def _commands(self) -> tuple[Command, ...]:
        verb = {9: Verb.PAUSE, 12: Verb.RESUME}.get(self.looks)
        reason = "the campaign begins at noon <not before>"
        if verb is None:
            return ()
        return (Command(id=verb.value, verb=verb, by=ACCEPTED_BY, reason=reason, at=self.now),)

    def _gathered(self, source: Source, desired: Desired, before: Evidence | None) -> Evidence:
        fields: dict[str, Any] = {"candidate": self.record.candidate.digest, "since": desired.since}
        counted = before.counts if before is not None and before.since == desired.since else {}
        observed = counted.get("decisions", Count()).observations // _SHADOWED + 1
        if source is Source.GOLDEN:
            fields["counts"] = {"golden": Count(events=0, observations=290)}
        elif source is Source.EVALUATION:
            fields["evaluation"] = self.labelled.evaluation()
        elif source is Source.SHADOW:
            both, n = Count(events=observed // 4, observations=_SHADOWED * observed), 8 * observed
            load = Count(events=n // 2, observations=n)
            fields["counts"] = {"decisions": both, "scores": both, "reviews": load, "blocks": load}
            fields["note"] = "live 18 of 24 h, 6,012 of 8,000 payments; 6 h from evaluation_data:v3"
        else:
            weight = desired.weights[self.record.candidate.name]
            own = _SERVED
            fields["weight"] = weight
            fields["counts"] = {
                "errors": Count(events=0, observations=own),
                "slow": Count(events=own // 100, observations=own),
                "restarts": Count(events=0, observations=10),
                "memory": Count(events=0, observations=10),
                "weight": Count(events=own, observations=own * 100 // weight),
            }
        return Evidence(at=self.now, **fields)
