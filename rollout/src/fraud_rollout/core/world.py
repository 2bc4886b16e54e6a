"""The world that a record wants."""

from collections.abc import Mapping
from datetime import datetime

from fraud_rollout.core.assess import source_of
from fraud_rollout.core.moves import EVERYTHING, target_weight, waited
from fraud_rollout.core.state.desired import Desired, Kept, Pods
from fraud_rollout.core.state.observed import Alias, Observed, Source
from fraud_rollout.core.state.phase import ENDS, Cause, Phase
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Release


def desired(record: Record, observed: Observed, now: datetime) -> Desired:
    """What a platform is to make so."""
    weight = _weight(record, observed)
    return Desired(
        phase=record.phase,
        reason=record.reason,
        weights=_weights(record, weight),
        releases={kept.release.name: kept for kept in _kept(record, weight, now)},
        aliases=_aliases(record),
        collect=_collect(record),
        since=record.counting_since or record.created,
    )


def _weight(record: Record, observed: Observed) -> int:
    """Percent for the candidate: what is aimed at, as far as pods are there to take it."""
    if _must_stay(record, observed):
        return record.passed_weight if observed.weight is None else observed.weight
    target = target_weight(record)
    grows = target > record.passed_weight and record.phase in {Phase.CANARY, Phase.SOAK}
    if grows and record.stable is not None and observed.candidate.carries < target:
        return record.passed_weight
    return target


def _must_stay(record: Record, observed: Observed) -> bool:
    """Whether stable does not answer: nothing is taken from it then, or sent to it."""
    ended = record.phase in ENDS and record.phase is not Phase.PROMOTED
    return record.stable is not None and not (observed.stable and observed.stable.ready) and not ended


def _weights(record: Record, weight: int) -> Mapping[str, int]:
    candidate = record.candidate.name
    if record.stable is None:
        return {candidate: EVERYTHING} if weight else {}
    return {record.stable.name: EVERYTHING - weight, candidate: weight}


def _kept(record: Record, weight: int, now: datetime) -> list[Kept]:
    both = [Kept(record.candidate, *_candidate_pods(record, weight))]
    if record.stable is not None:
        both.append(Kept(record.stable, _stable_pods(record, weight, now), EVERYTHING))
    return both


def _candidate_pods(record: Record, weight: int) -> tuple[Pods, int]:
    if record.phase is Phase.PENDING or (record.phase in ENDS and record.phase is not Phase.PROMOTED):
        return Pods.PARKED, 0
    first = EVERYTHING if record.stable is None else record.strategy.steps[0]
    return Pods.RUNNING, max(target_weight(record), weight, first)


def _stable_pods(record: Record, weight: int, now: datetime) -> Pods:
    """All of its pods until the promotion, so that it can take everything back at once."""
    if record.phase is Phase.PROMOTED:
        left = waited(record.spans[-1].begun, now) > record.strategy.keep_warm
        return Pods.PARKED if left else Pods.WARM
    return Pods.WARM if weight == EVERYTHING else Pods.RUNNING


def _aliases(record: Record) -> Mapping[Alias, Release]:
    moved: dict[Alias, Release] = {}
    if record.phase in {Phase.ROLLING_BACK, Phase.ROLLED_BACK}:
        if record.soaked and record.stable is not None:
            moved[Alias.PRODUCTION] = record.stable
        if record.rejected or record.demoted:
            moved[Alias.REJECTED] = record.candidate
    elif record.soaked and (record.hold is None or record.hold.cause is Cause.REGISTRY):
        moved[Alias.PRODUCTION] = record.candidate
        if record.stable is not None:
            moved[Alias.PREVIOUS] = record.stable
    return moved


def _collect(record: Record) -> frozenset[Source]:
    source = source_of(record)
    return frozenset({source} if source else ())
