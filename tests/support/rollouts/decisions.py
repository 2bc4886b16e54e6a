"""Rollouts to be decided on: releases, records and looks at the world, good unless asked otherwise."""

from collections.abc import Mapping
from datetime import UTC, datetime

from fraud_rollout.core.state.observed import Evidence, Observed, Readiness, Source
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Artifact, Release
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_rollout.judge.evaluation import LEVELS, Change, Difference, Evaluation
from fraud_rollout.judge.verdict import Count

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
READY = Readiness(ready=True, carries=100)
AWAY = Readiness()


def release(name: str, version: int = 1) -> Release:
    artifact = Artifact(version=f"v{version}", digest=f"{name}-artifact")
    return Release(name=f"fraud-{name}", digest=f"digest-of-{name}", model=artifact, preprocessor=artifact)


STABLE = release("stable")
CANDIDATE = release("candidate", 2)


def record(strategy: Strategy | None = None, stable: Release | None = STABLE) -> Record:
    return Record(
        id="rollout-1",
        created=START,
        stable=stable,
        candidate=CANDIDATE,
        strategy=strategy or Strategy(),
    )


def change(estimate: float, error: float, stable: float = 1.0) -> Change:
    """A change whose bootstrap is normal."""
    plain = Difference(stable=stable, candidate=stable + estimate, estimate=estimate, error=error)
    return Change(**dict(plain), quantiles=tuple(plain.normal_quantile(level) for level in LEVELS))


def evaluation(cost: float = 0.0, precision: float = 0.0) -> Evaluation:
    """The evaluation of a candidate that equals stable but for what is asked."""
    return Evaluation(
        rows=262_045,
        frauds=1_405,
        resamples=2_000,
        cost=change(cost, 0.02, stable=114.0),
        precision=change(precision, 0.002, stable=0.85),
        calibration=change(0.0, 0.005, stable=0.02),
        recall={"travel": Difference(stable=0.4, candidate=0.4, estimate=0.0, error=0.07)},
        counts=pairs(262_045, decisions=420, scores=280),
        saved=0.95,
    )


def pairs(n: int, decisions: int = 0, scores: int = 0) -> dict[str, Count]:
    """Counts of compared answers, all in one category."""
    reviews, blocks = n // 100, n // 200
    counts = {
        "decisions": Count(events=decisions, observations=n),
        "scores": Count(events=scores, observations=n),
        "reviews": Count(events=reviews // 2, observations=reviews),
        "blocks": Count(events=blocks // 2, observations=blocks),
    }
    return counts | {f"{name}[travel]": count for name, count in counts.items()}


def traffic(n: int, weight: int, **events: int) -> dict[str, Count]:
    """Counts of `n` requests to the candidate at `weight` percent."""
    counts = {name: Count(events=events.get(name, 0), observations=n) for name in ("errors", "slow")}
    looks = {name: Count(events=events.get(name, 0), observations=10) for name in ("restarts", "memory")}
    return counts | looks | {"weight": Count(events=n, observations=n * 100 // max(1, weight))}


GOOD: Mapping[Source, Mapping[str, Count]] = {
    Source.GOLDEN: {"golden": Count(events=0, observations=300)},
    Source.EVALUATION: {},
    Source.SHADOW: pairs(4_000, decisions=6, scores=4),
}


def evidence(of: Record, source: Source, now: datetime, weight: int = 0) -> Evidence:
    """What a good candidate shows."""
    return Evidence(
        candidate=of.candidate.digest,
        since=of.counting_since or of.created,
        at=now,
        counts=traffic(4_000, weight) if source is Source.TRAFFIC else GOOD[source],
        weight=weight,
        evaluation=evaluation() if source is Source.EVALUATION else None,
    )


SEEN = Observed(candidate=READY, stable=READY, weight=0, aliases={})
