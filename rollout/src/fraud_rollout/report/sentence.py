"""The verdict of a record in one sentence."""

from collections.abc import Mapping
from typing import Final

from fraud_contract.plain_text import one_line
from fraud_rollout.core.state.phase import Phase
from fraud_rollout.core.state.record import Record
from fraud_rollout.records.details import Details

PASSED, FAILED, OPEN = "passed", "failed", "open"
"""How a verdict is coloured."""

_SAYS: Final[Mapping[Phase, tuple[str, str]]] = {
    Phase.PROMOTED: (PASSED, "{candidate} was promoted and has replaced {stable}"),
    Phase.ROLLED_BACK: (FAILED, "{candidate} was rolled back; {stable} serves all traffic"),
    Phase.ROLLING_BACK: (FAILED, "{candidate} is being rolled back; {stable} takes all traffic"),
    Phase.FAILED: (FAILED, "{candidate} never became ready; {stable} serves all traffic"),
    Phase.SUPERSEDED: (OPEN, "{candidate} was superseded by a newer candidate before it was judged"),
    Phase.HELD: (OPEN, "{candidate} is held and needs a person; it has {weight} % of the traffic"),
}
_RUNNING: Final = (OPEN, "{candidate} is being judged; it has {weight} % of the traffic")
_OFFLINE: Final[Mapping[Phase, tuple[str, str]]] = {
    Phase.CANARY: (PASSED, "{candidate} may replace {stable}"),
    Phase.ROLLING_BACK: (FAILED, "{candidate} must not replace {stable}"),
}
_UNDECIDED: Final = (OPEN, "Whether {candidate} may replace {stable} is not decided by this evidence")


def tone(record: Record, details: Details) -> str:
    """`passed`, `failed` or `open`."""
    return _said(record, details)[0]


def sentence(record: Record, details: Details) -> str:
    """What became of the candidate, and why."""
    said = _said(record, details)[1].format(
        candidate=record.candidate.name,
        stable=record.stable.name if record.stable else "nothing",
        weight=record.passed_weight,
    )
    return one_line(f"{said}: {_why(record, details)}.")


def _said(record: Record, details: Details) -> tuple[str, str]:
    if details.offline:
        return _OFFLINE.get(record.phase, _UNDECIDED)
    return _SAYS.get(record.phase, _RUNNING)


def _why(record: Record, details: Details) -> str:
    evaluation = record.evaluation
    if details.offline and record.phase is Phase.CANARY and evaluation is not None:
        gain = "it is surely better, and " if record.gain else ""
        return f"{gain}all gates passed on {evaluation.rows:,} labelled payments"
    if record.phase is Phase.PROMOTED:
        accepted = f", but for what people accepted ({', '.join(record.accepted)})" if record.accepted else ""
        return f"every gate passed at every weight{accepted}"
    gate, word, said = (*record.reason.rstrip(".").split("  ", 2), "", "")[:3]
    return f"gate {gate} says {word}, {said}" if said else gate or "nothing was judged yet"
