"""From one phase to another: every change of a record's phase is made here."""

from datetime import datetime, timedelta
from typing import Any, Final

from fraud_rollout.core.state.phase import Cause, Phase
from fraud_rollout.core.state.record import Hold, Record, Span
from fraud_rollout.core.strategy.strategy import Approval

EVERYTHING: Final = 100
"""Percent of the traffic."""
_FIRST_SPANS: Final = 10
_SHORT: Final = 100
"""Characters of a span's reason; the record's own holds all of it."""
_LAST_SPANS: Final = 30


def enter(record: Record, phase: Phase, reason: str, now: datetime, **changes: Any) -> Record:  # noqa: ANN401 - fields of the record
    """`record` in `phase`, with the span before it closed."""
    moved = record.model_copy(update={"phase": phase, "reason": reason, "hold": None, **changes})
    before = [*record.spans[:-1], *(_closed(span, now) for span in record.spans[-1:])]
    cause = moved.hold and moved.hold.cause
    spans = [
        *before,
        Span(phase=phase, weight=target_weight(moved), begun=now, cause=cause, reason=reason[:_SHORT]),
    ]
    extra = max(0, len(spans) - _FIRST_SPANS - _LAST_SPANS)
    kept = spans[:_FIRST_SPANS] + spans[_FIRST_SPANS + extra :]
    return moved.model_copy(update={"spans": tuple(kept), "dropped_spans": record.dropped_spans + extra})


def _closed(span: Span, now: datetime) -> Span:
    # A clock that was set back makes no time negative.
    return span.model_copy(update={"ended": max(now, span.begun)})


def enter_counting_anew(record: Record, phase: Phase, reason: str, now: datetime, **changes: Any) -> Record:  # noqa: ANN401 - same
    """As `enter`, and evidence counts from now on."""
    return enter(record, phase, reason, now, counting_since=now, lacking_since=None, **changes)


def hold(record: Record, cause: Cause, reason: str, now: datetime) -> Record:
    """Held, to go on later from where it is, or from where it was held already."""
    back_to = record.hold.back_to if record.hold else record.phase
    return enter(
        record,
        Phase.HELD,
        reason,
        now,
        hold=Hold(cause=cause, back_to=back_to, since=now),
        lacking_since=None,
    )


def end_hold(record: Record, reason: str, now: datetime) -> Record:
    """Back from a hold that ended by itself: what was counted still counts."""
    return enter(record, active_phase(record), reason, now)


def roll_back(record: Record, reason: str, now: datetime, *, rejected: bool = False) -> Record:
    """On the way back to stable."""
    return enter(record, Phase.ROLLING_BACK, reason, now, rejected=record.rejected or rejected)


def advance(record: Record, now: datetime) -> Record:
    """One step forward from where it stands, its gates having passed or a person having accepted."""
    phase, steps = active_phase(record), record.strategy.steps
    match phase:
        case Phase.PREFLIGHT if record.stable is None:
            return enter_counting_anew(record, Phase.SOAK, "first release: all traffic", now)
        case Phase.PREFLIGHT if record.strategy.gates.decisions or record.strategy.gates.scores:
            return enter_counting_anew(record, Phase.SHADOW, "comparing answers to recent payments", now)
        case Phase.PREFLIGHT | Phase.SHADOW:
            return enter_counting_anew(record, Phase.CANARY, f"{steps[0]} % of the traffic", now, step=0)
        case Phase.CANARY:
            passed = steps[record.step]
            if record.step + 1 == len(steps):
                return enter_counting_anew(record, Phase.SOAK, "all traffic", now, passed_weight=passed)
            step = record.step + 1
            return enter_counting_anew(
                record, Phase.CANARY, f"{steps[step]} % of the traffic", now, step=step, passed_weight=passed
            )
        case _:
            return enter_counting_anew(
                record, Phase.PROMOTING, "moving the aliases", now, passed_weight=EVERYTHING, soaked=True
            )


def active_phase(record: Record) -> Phase:
    """The phase it is in, or was held in."""
    return record.hold.back_to if record.hold else record.phase


def asks_before_next(record: Record) -> bool:
    """Whether the strategy wants a person to approve the step that `advance` would make."""
    phase, last = active_phase(record), len(record.strategy.steps) - 1
    before_first_traffic = phase is Phase.SHADOW or (
        phase is Phase.PREFLIGHT
        and (record.stable is None or not (record.strategy.gates.decisions or record.strategy.gates.scores))
    )
    before_full = (phase is Phase.CANARY and record.step == last) or (
        phase is Phase.PREFLIGHT and record.stable is None
    )
    match record.strategy.approval:
        case Approval.BEFORE_TRAFFIC:
            return before_first_traffic
        case Approval.BEFORE_FULL:
            return before_full
        case Approval.NONE:
            return False


def target_weight(record: Record) -> int:
    """Percent that the candidate is to have, all being well."""
    match record.phase:
        case Phase.CANARY:
            return record.strategy.steps[record.step]
        case Phase.SOAK | Phase.PROMOTING | Phase.PROMOTED:
            return EVERYTHING
        case Phase.HELD if record.stable is None and active_phase(record) in {Phase.SOAK, Phase.PROMOTING}:
            return EVERYTHING  # there is nothing else to serve
        case Phase.HELD if record.hold and record.hold.cause is Cause.CANDIDATE_AWAY:
            return 0
        case Phase.HELD:
            return record.passed_weight
        case _:
            return 0


def waited(since: datetime | None, now: datetime) -> timedelta:
    """How long ago `since` was; nothing for None, or when the clock was set back."""
    return max(timedelta(), now - since) if since else timedelta()
