"""One step of a rollout: what is known and seen decides where it stands and what is wanted.

Nothing here knows time, HTTP, Kubernetes or a registry. Called again with the same arguments it gives the
same answer, so a crash anywhere is healed by calling again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fraud_rollout.core.assess import assess, mark_passed, source_of
from fraud_rollout.core.moves import (
    advance,
    anew,
    asks_before_next,
    enter,
    go_back,
    go_on,
    hold,
    standing,
    waited,
)
from fraud_rollout.core.people import answer
from fraud_rollout.core.state.outcome import Assessment, Outcome
from fraud_rollout.core.state.phase import FOR_PEOPLE, Cause, Phase
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.seen import Alias, Presence, Seen, Source
from fraud_rollout.core.state.wanted import Wanted
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_rollout.core.world import wanted


def decide(record: Record, strategy: Strategy, seen: Seen, now: datetime) -> tuple[Record, Wanted]:
    """The record after at most one change of phase (besides those that people command), and what it wants.

    People are heard first, then evidence is looked at, then the first rule of the phase that applies moves
    the record. `now` is aware of its zone; a clock that jumps can delay a step or send it back, not more.
    """
    record = record.model_copy(update={"strategy": strategy})
    record = answer(record, seen.commands, now)
    record, assessment = assess(record, seen, now)
    look = Situation(record, seen, assessment, now)
    moved = next((after for rule in RULES[record.phase] if (after := rule(look)) is not None), record)
    return moved, wanted(moved, seen, now)


@dataclass(frozen=True)
class Situation:
    """All that a rule may look at."""

    record: Record
    seen: Seen
    assessment: Assessment
    now: datetime


Rule = Callable[[Situation], Record | None]
"""The record moved on, or None where the rule does not apply."""


def begins(the: Situation) -> Record | None:
    """Nothing is needed for it."""
    return anew(the.record, Phase.PREPARING, "waiting for the candidate's pods", the.now)


def never_ready(the: Situation) -> Record | None:
    """It cannot become ready, or not within its time."""
    if the.seen.candidate.failure:
        return enter(the.record, Phase.FAILED, the.seen.candidate.failure, the.now)
    limit = the.record.strategy.deadlines.prepare
    if not the.seen.candidate.ready and waited(the.record.counting_since, the.now) > limit:
        return enter(the.record, Phase.FAILED, "the candidate did not become ready in time", the.now)
    return None


def ready(the: Situation) -> Record | None:
    """The candidate's pods are there."""
    if not the.seen.candidate.ready:
        return None
    return anew(the.record, Phase.PREFLIGHT, "golden rows and labelled payments", the.now)


def superseded(the: Situation) -> Record | None:
    """A newer candidate ends it, unless it serves all traffic already."""
    newer = the.seen.newer
    if newer is None or newer.digest == the.record.candidate.digest:
        return None
    if standing(the.record) in {Phase.SOAK, Phase.PROMOTING} or _depended_on(the):
        return None
    return enter(the.record, Phase.SUPERSEDED, f"{newer.name} is newer", the.now)


def _depended_on(the: Situation) -> bool:
    """Whether the candidate answers requests that stable cannot take."""
    return the.record.stable is not None and not _is_ready(the.seen.stable) and bool(the.seen.weight)


def candidate_broke(the: Situation) -> Record | None:
    """It can never be ready again."""
    failure = the.seen.candidate.failure
    return go_back(the.record, failure, the.now) if failure else None


def altered(the: Situation) -> Record | None:
    """What runs is not what was pinned."""
    change = _altered(the)
    return hold(the.record, Cause.ALTERED, change, the.now) if change else None


def _altered(the: Situation) -> str:
    releases = ((the.record.candidate, the.seen.candidate), (the.record.stable, the.seen.stable))
    changes = [
        f"{release.name} was changed: {presence.altered}"
        for release, presence in releases
        if release and presence and presence.altered
    ]
    return "; ".join(changes)


def stable_away(the: Situation) -> Record | None:
    """There is nothing to compare with, or to go back to."""
    if the.record.stable is None or _is_ready(the.seen.stable):
        return None
    return hold(the.record, Cause.STABLE_AWAY, f"{the.record.stable.name} is not ready", the.now)


def candidate_away(the: Situation) -> Record | None:
    """Its pods do not answer."""
    if the.seen.candidate.ready:
        return None
    return hold(the.record, Cause.CANDIDATE_AWAY, f"{the.record.candidate.name} is not ready", the.now)


def proxy_away(the: Situation) -> Record | None:
    """Callers reach neither release, which is no fault of the candidate."""
    failure = the.seen.proxy_failure
    return hold(the.record, Cause.PROXY_AWAY, failure, the.now) if failure else None


def _is_ready(presence: Presence | None) -> bool:
    return presence is not None and presence.ready


def too_late(the: Situation) -> Record | None:
    """The evidence of this step did not come, or did not suffice, within its time."""
    if waited(the.record.counting_since, the.now) <= the.record.strategy.deadlines.evidence:
        return None
    return go_back(the.record, f"no verdict within the deadline; {the.assessment.reason}", the.now)


def judged(the: Situation) -> Record | None:
    """What the evidence of this phase says."""
    record, reason, now = the.record, the.assessment.reason, the.now
    outcome = the.assessment.outcome
    if outcome is Outcome.FAILED:
        return go_back(record, reason, now, rejected=True)
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


def fails_while_held(the: Situation) -> Record | None:
    """What still has traffic is still judged; it can only fail."""
    if the.assessment.outcome is not Outcome.FAILED or the.seen.proxy_failure:
        return None
    return go_back(the.record, the.assessment.reason, the.now, rejected=True)


def too_late_while_held(the: Situation) -> Record | None:
    """The deadline runs, unless a person is waited for, or the registry, which serving does not need."""
    held = the.record.hold
    if held is None or held.cause in FOR_PEOPLE or held.cause is Cause.REGISTRY:
        return None
    return too_late(the)


def recovered(the: Situation) -> Record | None:
    """What it was held for is over by itself."""
    held = the.record.hold
    if held is None or held.cause in FOR_PEOPLE or not OVER[held.cause](the):
        return None
    return go_on(the.record, f"goes on: {held.cause} is over", the.now)


OVER: Final[Mapping[Cause, Callable[[Situation], bool]]] = {
    Cause.STABLE_AWAY: lambda the: _is_ready(the.seen.stable),
    Cause.CANDIDATE_AWAY: lambda the: the.seen.candidate.ready,
    Cause.PROXY_AWAY: lambda the: not the.seen.proxy_failure,
    Cause.EVIDENCE: lambda the: the.assessment.outcome not in {Outcome.MISSING, Outcome.DISTRUSTED},
    Cause.REGISTRY: lambda the: the.seen.aliases is not None,
}


def aliases_moved(the: Situation) -> Record | None:
    """The registry names the candidate; only that ends a rollout well."""
    if the.seen.aliases is None:
        return hold(the.record, Cause.REGISTRY, "the registry is away; the aliases will follow", the.now)
    if the.seen.aliases.get(Alias.PRODUCTION) != the.record.candidate.digest:
        return None
    return enter(the.record, Phase.PROMOTED, f"{the.record.candidate.name} is in production", the.now)


def nothing_served(the: Situation) -> Record | None:
    """No request goes to the candidate any more."""
    if the.seen.weight or (the.seen.weight is None and the.record.stable is not None):
        return None
    return enter(the.record, Phase.ROLLED_BACK, the.record.reason, the.now)


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
