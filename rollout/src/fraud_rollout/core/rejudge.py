"""What another strategy would have made of the evidence that a record keeps."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from fraud_rollout.core.state.observed import Evidence, Source
from fraud_rollout.core.state.outcome import Assessment, Outcome, conclude
from fraud_rollout.core.state.record import Judged, Record
from fraud_rollout.core.strategy.rules import Rules
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_rollout.judge.verdict import Count


class End(StrEnum):
    """Where the kept evidence leads."""

    PASSES = "passes"
    """All of it; whatever was not gathered is not known."""
    REJECTED = "rejected"
    UNDECIDED = "undecided"
    """Held for a person, or for evidence that was not gathered."""


@dataclass(frozen=True)
class Rejudged:
    """An end and why."""

    end: End
    reason: str


def rejudge(record: Record, strategy: Strategy) -> Rejudged:
    """Where the evidence of `record` leads under `strategy`, look by look as it came.

    Of the gates within categories a record keeps the counts of the last look only, and the worst of them.
    """
    evaluation = record.evaluation
    gain = evaluation is not None and record.stable is not None and Rules(strategy).certain_gain(evaluation)
    rules, sources = Rules(strategy, gain=gain), list[str]()
    for judged in _latest(record):
        where = f"{judged.source} at {judged.weight} %" if judged.weight else judged.source.value
        if judged.error:
            return Rejudged(End.UNDECIDED, f"{where}: {judged.error}")
        assessment = _assessed(record, rules, judged)
        if assessment.outcome is Outcome.FAILED:
            return Rejudged(End.REJECTED, f"{where}: {assessment.reason}")
        if assessment.outcome is not Outcome.PASSED:
            return Rejudged(End.UNDECIDED, f"{where}: {assessment.reason}")
        sources.append(where)
    if not sources:
        return Rejudged(End.UNDECIDED, "nothing was judged")
    return Rejudged(End.PASSES, f"all gates passed: {', '.join(sources)}")


def _latest(record: Record) -> Iterator[Judged]:
    """The last look at each source and weight, in the order of their first ones."""
    latest = {(judged.source, judged.weight): judged for judged in record.judged}
    yield from latest.values()


def _assessed(record: Record, rules: Rules, judged: Judged) -> Assessment:
    """The first outcome that would have moved the rollout; else the last one."""
    assessment = Assessment(Outcome.MISSING, "no evidence")
    looks = list(_looks(record, judged))
    for place, evidence in enumerate(looks):
        findings = rules.findings(judged.source, evidence, first=record.stable is None)
        assessment = conclude(findings, complete=place + 1 == len(looks))
        if assessment.outcome is not Outcome.WAITING:
            break
    return assessment


def _looks(record: Record, judged: Judged) -> Iterator[Evidence]:
    """The counts of each kept look, and at the end all that is kept of the last one."""
    longest = max(map(len, judged.paths.values()), default=0)
    for back in range(longest, 1, -1):
        yield _evidence(
            record,
            judged,
            {
                gate: Count(events=path[-back][1], observations=path[-back][2])
                for gate, path in judged.paths.items()
                if len(path) >= back
            },
        )
    yield _evidence(record, judged, dict(judged.counts))


def _evidence(record: Record, judged: Judged, counts: dict[str, Count]) -> Evidence:
    return Evidence(
        candidate=record.candidate.digest,
        since=judged.since,
        at=judged.at,
        counts=counts,
        weight=judged.weight,
        evaluation=record.evaluation if judged.source is Source.EVALUATION else None,
    )
