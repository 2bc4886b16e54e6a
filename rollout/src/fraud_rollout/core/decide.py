"""One step of a rollout: what is known and observed decides where it stands and what is desired.

Nothing here knows time, HTTP, Kubernetes or a registry. Called again with the same arguments it gives the
same answer, so a crash anywhere is healed by calling again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fraud_rollout.core.assess import assess, mark_passed, source_of
from fraud_rollout.core.moves import (
    active_phase,
    advance,
    asks_before_next,
    end_hold,
    enter,
    enter_counting_anew,
    hold,
    roll_back,
    waited,
)
from fraud_rollout.core.people import answer
from fraud_rollout.core.state.desired import Desired
from fraud_rollout.core.state.observed import Alias, Observed, Readiness, Source
from fraud_rollout.core.state.outcome import Assessment, Outcome
from fraud_rollout.core.state.phase import FOR_PEOPLE, Cause, Phase
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_rollout.core.world import desired


def decide(record: Record, strategy: Strategy, observed: Observed, now: datetime) -> tuple[Record, Desired]:
    """The record after at most one change of phase (besides those that people command), and what it wants.

    People are heard first, then evidence is looked at, then the first rule of the phase that applies moves
    the record. `now` is aware of its zone; a clock that jumps can delay a step or send it back, not more.
    """
    record = record.model_copy(update={"strategy": strategy})
    record = answer(record, observed.commands, now)
    record, assessment = assess(record, observed, now)
    context = Context(record, observed, assessment, now)
    moved = next((after for rule in RULES[record.phase] if (after := rule(context)) is not None), record)
    return moved, desired(moved, observed, now)


@dataclass(frozen=True)
class Context:
    """All that a rule may look at."""

    record: Record
    observed: Observed
    assessment: Assessment
    now: datetime


Rule = Callable[[Context], Record | None]
"""The record moved on, or None where the rule does not apply."""


def begins(context: Context) -> Record | None:
    """Nothing is needed for it."""
    return enter_counting_anew(
        context.record, Phase.PREPARING, "waiting for the candidate's pods", context.now
    )


def never_ready(context: Context) -> Record | None:
    """It cannot become ready, or not within its time."""
    if context.observed.candidate.failure:
        return enter(context.record, Phase.FAILED, context.observed.candidate.failure, context.now)
    limit = context.record.strategy.deadlines.prepare
    if not context.observed.candidate.ready and waited(context.record.counting_since, context.now) > limit:
        return enter(context.record, Phase.FAILED, "the candidate did not become ready in time", context.now)
    return None


def ready(context: Context) -> Record | None:
    """The candidate's pods are there."""
    if not context.observed.candidate.ready:
        return None
    return enter_counting_anew(
        context.record, Phase.PREFLIGHT, "golden rows and labelled payments", context.now
    )


def superseded(context: Context) -> Record | None:
    """A newer candidate ends it, unless it serves all traffic already."""
    newer = context.observed.newer
    if newer is None or newer.digest == context.record.candidate.digest:
        return None
    if active_phase(context.record) in {Phase.SOAK, Phase.PROMOTING} or _depended_on(context):
        return None
    return enter(context.record, Phase.SUPERSEDED, f"{newer.name} is newer", context.now)


def _depended_on(context: Context) -> bool:
    """Whether the candidate answers requests that stable cannot take."""
    return (
        context.record.stable is not None
        and not _is_ready(context.observed.stable)
        and bool(context.observed.weight)
    )


def candidate_broke(context: Context) -> Record | None:
    """It can never be ready again."""
    failure = context.observed.candidate.failure
    return roll_back(context.record, failure, context.now) if failure else None


def altered(context: Context) -> Record | None:
    """What runs is not what was pinned."""
    change = _altered(context)
    return hold(context.record, Cause.ALTERED, change, context.now) if change else None


def _altered(context: Context) -> str:
    releases = (
        (context.record.candidate, context.observed.candidate),
        (context.record.stable, context.observed.stable),
    )
    changes = [
        f"{release.name} was changed: {readiness.altered}"
        for release, readiness in releases
        if release and readiness and readiness.altered
    ]
    return "; ".join(changes)


def stable_away(context: Context) -> Record | None:
    """There is nothing to compare with, or to go back to."""
    if context.record.stable is None or _is_ready(context.observed.stable):
        return None
    return hold(context.record, Cause.STABLE_AWAY, f"{context.record.stable.name} is not ready", context.now)


def candidate_away(context: Context) -> Record | None:
    """Its pods do not answer."""
    if context.observed.candidate.ready:
        return None
    return hold(
        context.record, Cause.CANDIDATE_AWAY, f"{context.record.candidate.name} is not ready", context.now
    )


def proxy_away(context: Context) -> Record | None:
    """Callers reach neither release, which is no fault of the candidate."""
    failure = context.observed.proxy_failure
    return hold(context.record, Cause.PROXY_AWAY, failure, context.now) if failure else None


def _is_ready(readiness: Readiness | None) -> bool:
    return readiness is not None and readiness.ready


def too_late(context: Context) -> Record | None:
    """The evidence of this step did not come, or did not suffice, within its time."""
    if waited(context.record.counting_since, context.now) <= context.record.strategy.deadlines.evidence:
        return None
    return roll_back(
        context.record, f"no verdict within the deadline; {context.assessment.reason}", context.now
    )


def judged(context: Context) -> Record | None:
    """What the evidence of this phase says."""
    record, reason, now = context.record, context.assessment.reason, context.now
    outcome = context.assessment.outcome
    if outcome is Outcome.FAILED:
        return roll_back(record, reason, now, rejected=True)
    if outcome is Outcome.PASSED:
        return _passed(record, now)
    if outcome is Outcome.MISSING and waited(record.lacking_since, now) <= record.strategy.deadlines.stale:
        return None
    cause = HELD_FOR.get(outcome)
    return hold(record, cause, reason, now) if cause else None


HELD_FOR: Final[Mapping[Outcome, Cause]] = {
    Outcome.MISSING: Cause.EVIDENCE,
    Outcome.DISTRUSTED: Cause.EVIDENCE,
    Outcome.UNDECIDED: Cause.UNDECIDED,
    Outcome.LOADED: Cause.LOAD,
}


def _passed(record: Record, now: datetime) -> Record:
    source = source_of(record)
    if source is not None:
        record = mark_passed(record, source)
    if source is Source.GOLDEN:
        return record
    if asks_before_next(record):
        return hold(record, Cause.APPROVAL, "all gates passed; waiting for approval", now)
    return advance(record, now)


def fails_while_held(context: Context) -> Record | None:
    """What still has traffic is still judged; it can only fail."""
    if context.assessment.outcome is not Outcome.FAILED or context.observed.proxy_failure:
        return None
    return roll_back(context.record, context.assessment.reason, context.now, rejected=True)


def too_late_while_held(context: Context) -> Record | None:
    """The deadline runs, unless a person is waited for, or the registry, which serving does not need."""
    held = context.record.hold
    if held is None or held.cause in FOR_PEOPLE or held.cause is Cause.REGISTRY:
        return None
    return too_late(context)


def recovered(context: Context) -> Record | None:
    """What it was held for is over by itself."""
    held = context.record.hold
    if held is None or held.cause in FOR_PEOPLE or not OVER[held.cause](context):
        return None
    return end_hold(context.record, f"goes on: {held.cause} is over", context.now)


OVER: Final[Mapping[Cause, Callable[[Context], bool]]] = {
    Cause.STABLE_AWAY: lambda context: _is_ready(context.observed.stable),
    Cause.CANDIDATE_AWAY: lambda context: context.observed.candidate.ready,
    Cause.PROXY_AWAY: lambda context: not context.observed.proxy_failure,
    Cause.EVIDENCE: lambda context: context.assessment.outcome not in {Outcome.MISSING, Outcome.DISTRUSTED},
    Cause.REGISTRY: lambda context: context.observed.aliases is not None,
}


def aliases_moved(context: Context) -> Record | None:
    """The registry names the candidate; only that ends a rollout well."""
    if context.observed.aliases is None:
        return hold(
            context.record, Cause.REGISTRY, "the registry is away; the aliases will follow", context.now
        )
    if context.observed.aliases.get(Alias.PRODUCTION) != context.record.candidate.digest:
        return None
    return enter(
        context.record, Phase.PROMOTED, f"{context.record.candidate.name} is in production", context.now
    )


def nothing_served(context: Context) -> Record | None:
    """No request goes to the candidate any more."""
    if context.observed.weight or (context.observed.weight is None and context.record.stable is not None):
        return None
    return enter(context.record, Phase.ROLLED_BACK, context.record.reason, context.now)


WHILE_JUDGED: Final[tuple[Rule, ...]] = (
    superseded,
    candidate_broke,
    altered,
    proxy_away,
    stable_away,
    candidate_away,
    judged,
    too_late,
)
"""Of the phases in which stable serves most of the traffic, or all of it."""
RULES: Final[Mapping[Phase, tuple[Rule, ...]]] = {
    Phase.PENDING: (superseded, begins),
    Phase.PREPARING: (superseded, never_ready, altered, ready),
    Phase.PREFLIGHT: WHILE_JUDGED,
    Phase.SHADOW: WHILE_JUDGED,
    Phase.CANARY: WHILE_JUDGED,
    Phase.SOAK: (candidate_broke, altered, proxy_away, candidate_away, judged, too_late),
    Phase.PROMOTING: (candidate_broke, candidate_away, aliases_moved),
    Phase.HELD: (superseded, candidate_broke, fails_while_held, too_late_while_held, recovered),
    Phase.ROLLING_BACK: (nothing_served,),
    Phase.PROMOTED: (),
    Phase.ROLLED_BACK: (),
    Phase.SUPERSEDED: (),
    Phase.FAILED: (),
}
"""By phase, the first that applies."""
