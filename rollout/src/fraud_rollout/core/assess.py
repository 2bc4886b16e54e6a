"""Looking at the evidence that the present phase asks for, and keeping what was found."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from fraud_rollout.core.moves import active_phase, target_weight, waited
from fraud_rollout.core.outlook import too_thin
from fraud_rollout.core.state.observed import Evidence, Observed, Source
from fraud_rollout.core.state.outcome import Assessment, Outcome, conclude
from fraud_rollout.core.state.phase import Cause, Phase
from fraud_rollout.core.state.record import Judged, Look, Record
from fraud_rollout.core.strategy.rules import Rules
from fraud_rollout.judge.gates import split
from fraud_rollout.judge.verdict import Count, Finding, Verdict

_LIVE: Final = frozenset({Source.SHADOW, Source.TRAFFIC})
"""Sources whose evidence grows old."""
_CATEGORIES: Final = 10
"""Findings within categories that a record keeps of each look."""
_LOOKS: Final = 12
_JUDGED: Final = 16
_LONGEST: Final = 200
"""Characters of a note or an error."""


def source_of(record: Record) -> Source | None:
    """The evidence that is asked for now; None where nothing is judged."""
    if record.hold and record.hold.cause is not Cause.EVIDENCE:
        # What serves is watched, whatever it waits for.
        return Source.TRAFFIC if target_weight(record) else None
    match active_phase(record):
        case Phase.PREFLIGHT:
            return Source.EVALUATION if _passed(record, Source.GOLDEN) else Source.GOLDEN
        case Phase.SHADOW:
            return Source.SHADOW
        case Phase.CANARY | Phase.SOAK:
            return Source.TRAFFIC
        case _:
            return None


def _passed(record: Record, source: Source) -> bool:
    return any(each.source is source and each.passed for each in record.judged)


def assess(record: Record, observed: Observed, now: datetime) -> tuple[Record, Assessment]:
    """The record with what `source_of` it shows, and what that means."""
    source = source_of(record)
    if source is None:
        return record, Assessment(Outcome.WAITING, "")
    evidence = observed.evidence.get(source)
    lack = _lack(record, observed, source, now)
    if evidence is None or lack:
        since = record.lacking_since or now
        missing = Assessment(Outcome.MISSING, f"no evidence from {source}: {lack}")
        return record.model_copy(update={"lacking_since": since}), missing
    record = record.model_copy(update={"lacking_since": None})
    if evidence.error:
        distrusted = Assessment(
            Outcome.DISTRUSTED, f"ERROR  evidence from {source}: {evidence.error}"[:_LONGEST]
        )
        return _kept(record, source, evidence, ()), distrusted
    gain = record.gain
    if evidence.evaluation is not None and source is Source.EVALUATION:
        gain = record.stable is not None and Rules(record.strategy).certain_gain(evidence.evaluation)
        record = record.model_copy(update={"evaluation": evidence.evaluation, "gain": gain})
    findings = Rules(record.strategy, gain=gain).findings(source, evidence, first=record.stable is None)
    assessment = conclude(findings, complete=evidence.complete)
    if assessment.outcome is Outcome.WAITING and source is Source.TRAFFIC:
        thin = too_thin(record, evidence, findings)
        assessment = Assessment(Outcome.UNDECIDED, thin) if thin else assessment
    return _kept(record, source, evidence, findings), assessment


def _lack(record: Record, observed: Observed, source: Source, now: datetime) -> str:
    """Why the evidence from `source` is none for this candidate, at this weight, now; empty if it is."""
    evidence = observed.evidence.get(source)
    if evidence is None:
        return observed.evidence_problem or "none has come"
    age = max(waited(evidence.at, now), waited(now, evidence.at))
    weights = (evidence.weight, observed.weight, target_weight(record))
    reasons = {
        "it is about another release": evidence.candidate != record.candidate.digest,
        "it was gathered before this step began": evidence.since != record.counting_since,
        f"the newest is of {evidence.at:%Y-%m-%d %H:%M:%S}": (
            source in _LIVE and age > record.strategy.deadlines.stale
        ),
        "taken at {} %, served are {} %, wanted are {} %".format(*weights): (
            source is Source.TRAFFIC and len(set(weights)) > 1
        ),
    }
    too_few = _too_few(evidence, record.strategy.evaluation.rows) if source is Source.EVALUATION else ""
    return next((reason for reason, applies in reasons.items() if applies), too_few)


def _too_few(evidence: Evidence, rows: int) -> str:
    if evidence.error:
        return ""
    if evidence.evaluation is None:
        return "it holds no evaluation"
    if evidence.evaluation.rows < rows:
        return f"{evidence.evaluation.rows:,} labelled payments, the strategy asks for {rows:,}"
    return ""


def _kept(record: Record, source: Source, evidence: Evidence, findings: tuple[Finding, ...]) -> Record:
    """The record with the newest look at `source`; unchanged if it shows nothing new."""
    weight = evidence.weight if source is Source.TRAFFIC else 0
    key = (source, weight, evidence.since)
    others = [each for each in record.judged if each.key != key]
    before = next((each for each in record.judged if each.key == key), None)
    shown = _worst(findings)
    names = {each.gate for each in shown} | {name for name in evidence.counts if not split(name)[1]}
    counts = {name: count for name, count in evidence.counts.items() if name in names}
    judged = Judged(
        source=source,
        weight=weight,
        findings=shown,
        counts=counts,
        paths=_paths(before, evidence, counts),
        since=evidence.since,
        at=evidence.at,
        note=evidence.note[:_LONGEST],
        error=evidence.error[:_LONGEST],
    )
    if before and judged.model_copy(update={"at": before.at, "passed": before.passed}) == before:
        return record
    return record.model_copy(update={"judged": _fewer([*others, judged])})


def _fewer(judged: Sequence[Judged]) -> tuple[Judged, ...]:
    """Of too many looks, the oldest that passed nothing goes."""
    idle = [each for each in judged[:-1] if not each.passed]
    return tuple(each for each in judged if len(judged) <= _JUDGED or each is not idle[0])


def mark_passed(record: Record, source: Source) -> Record:
    """The record with the present look at `source` remembered as passed."""
    weight = target_weight(record) if source is Source.TRAFFIC else 0
    key = (source, weight, record.counting_since)
    judged = tuple(
        each.model_copy(update={"passed": True}) if each.key == key else each for each in record.judged
    )
    return record.model_copy(update={"judged": judged})


def _worst(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    over_all = [each for each in findings if not split(each.gate)[1]]
    within = [each for each in findings if split(each.gate)[1]]
    return (*over_all, *sorted(within, key=_badness, reverse=True)[:_CATEGORIES])


def _badness(finding: Finding) -> tuple[bool, bool, float]:
    worse = (finding.estimate or 0.0) / finding.tolerable if finding.tolerable else 0.0
    return finding.verdict is Verdict.FAIL, finding.undecidable, worse


def _paths(
    before: Judged | None, evidence: Evidence, counts: Mapping[str, Count]
) -> Mapping[str, tuple[Look, ...]]:
    kept = before.paths if before and before.since == evidence.since else {}
    seconds = int(waited(evidence.since, evidence.at).total_seconds())
    return {
        name: _thinned((*kept.get(name, ()), (seconds, count.events, count.observations)))
        for name, count in counts.items()
        if not split(name)[1]
    }


def _thinned(path: tuple[Look, ...]) -> tuple[Look, ...]:
    """Without looks that show nothing new; when too many, every other one goes, but the last."""
    distinct = tuple(look for index, look in enumerate(path) if not index or look[1:] != path[index - 1][1:])
    return distinct if len(distinct) <= _LOOKS else (*distinct[:-1:2], distinct[-1])
