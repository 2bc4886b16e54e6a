"""The tables of a report: rows of text, in the words used everywhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fraud_rollout.core.state.observed import Source
from fraud_rollout.core.state.record import Judged, Record
from fraud_rollout.judge.evaluation import Change, Evaluation
from fraud_rollout.judge.gates import split, within
from fraud_rollout.judge.lines import line
from fraud_rollout.judge.verdict import Count, Finding, Verdict
from fraud_rollout.records.details import Details

_PLACES: Final[Mapping[Source, str]] = {
    Source.GOLDEN: "golden rows",
    Source.EVALUATION: "labelled payments",
    Source.SHADOW: "replayed payments",
    Source.TRAFFIC: "live traffic",
}
_NONE: Final = Count()
_LOOKS_FEW: Final = 100
"""Pairs of a category that show little."""
_USUAL: Final = ("errors", "slow")
"""The gates that other tools judge by."""


@dataclass(frozen=True)
class GateRow:
    """One gate."""

    where: str
    gate: str
    word: str
    said: str

    @property
    def tone(self) -> str:
        """How the verdict is coloured."""
        return {"PASS": "passed", "FAIL": "failed"}.get(self.word, "open")


@dataclass(frozen=True)
class GateTable:
    """All gates over all payments, and of those within categories the ones that did not pass."""

    rows: Sequence[GateRow]
    passed_within: int
    """Gates within categories that passed, of those the record keeps."""
    errors: Sequence[str]
    """Evidence that could not be trusted."""


def place(judged: Judged, *, offline: bool) -> str:
    """Where evidence is from, in words."""
    if offline and judged.source is Source.SHADOW:
        return "pairs, one by one"
    return _PLACES[judged.source] + (f" at {judged.weight} %" if judged.weight else "")


def latest(record: Record) -> list[Judged]:
    """The last look at each source and weight; where counting began anew, the ones before are left out."""
    return list({(judged.source, judged.weight): judged for judged in record.judged}.values())


def gate_table(record: Record, details: Details) -> GateTable:
    """What each gate found, in the order in which they were asked."""
    rows, passed, errors = list[GateRow](), 0, list[str]()
    for judged in latest(record):
        where = place(judged, offline=details.offline)
        if judged.error:
            errors.append(f"{where}: {judged.error}")
        for finding in judged.findings:
            if split(finding.gate)[1] and finding.verdict is Verdict.PASS:
                passed += 1
                continue
            rows.append(_gate_row(where, finding, record.strategy.confidence))
    return GateTable(rows, passed, errors)


def _gate_row(where: str, finding: Finding, confidence: float) -> GateRow:
    _, word, said = line(finding, confidence).split("  ", 2)
    return GateRow(where, finding.gate, word, said)


@dataclass(frozen=True)
class CategoryRow:
    """One merchant category, on labelled payments."""

    name: str
    pairs: int
    decisions: str
    scores: str
    reviews: str
    blocks: str
    recall: str


def category_table(evaluation: Evaluation | None) -> list[CategoryRow]:
    """What changes in each category, the most changed first."""
    if evaluation is None:
        return []
    counts = evaluation.counts
    names = [
        category for name in counts for gate, category in [split(name)] if gate == "decisions" and category
    ]

    def changed(name: str) -> float:
        count = counts.get(within("decisions", name), _NONE)
        return count.events / max(count.observations, 1)

    return [
        CategoryRow(
            name=name,
            pairs=counts.get(within("decisions", name), _NONE).observations,
            decisions=_rate(counts.get(within("decisions", name), _NONE)),
            scores=_rate(counts.get(within("scores", name), _NONE)),
            reviews=_both(counts.get(within("reviews", name), _NONE)),
            blocks=_both(counts.get(within("blocks", name), _NONE)),
            recall=_recall(evaluation, name),
        )
        for name in sorted(names, key=changed, reverse=True)
    ]


def _rate(count: Count) -> str:
    share = f" ({100 * count.events / count.observations:.2f} %)" if count.observations else ""
    return f"{count.events:,}{share}"


def _both(count: Count) -> str:
    """Stable's and the candidate's, of a count of the candidate's among both."""
    return f"{count.observations - count.events:,} → {count.events:,}"


def _recall(evaluation: Evaluation, category: str) -> str:
    recall = evaluation.recall.get(category)
    return f"{100 * recall.stable:.0f} → {100 * recall.candidate:.0f} %" if recall else "no frauds"


@dataclass(frozen=True)
class FigureRow:
    """One figure of the evaluation."""

    name: str
    stable: str
    candidate: str
    change: str
    interval: str


def figure_table(record: Record) -> list[FigureRow]:
    """Money first, then the quality of scores."""
    evaluation = record.evaluation
    if evaluation is None:
        return []
    tail = (1 - record.strategy.confidence) / 2
    return [
        _figure("expected cost per 1,000 payments", evaluation.cost, "{:,.2f}", "{:+.1f} %", 100, tail),
        _figure("average precision", evaluation.precision, "{:.4f}", "{:+.4f}", 1, tail),
        _figure("|mean score / fraud rate - 1|", evaluation.calibration, "{:.3f}", "{:+.3f}", 1, tail),
    ]


def _figure(name: str, change: Change, form: str, signed: str, factor: float, tail: float) -> FigureRow:  # noqa: PLR0913, PLR0917 - a row of a table
    low, high = (signed.format(factor * change.quantile(level)) for level in (tail, 1 - tail))
    return FigureRow(
        name,
        form.format(change.stable),
        form.format(change.candidate),
        signed.format(factor * change.estimate),
        f"{low} to {high}",
    )


def common_tools(record: Record) -> str:
    """What a tool that judges by errors and latency alone would have done."""
    traffic = [judged for judged in record.judged if judged.source is Source.TRAFFIC]
    failed = [
        finding
        for judged in traffic
        for finding in judged.findings
        if finding.gate in _USUAL and finding.verdict is Verdict.FAIL
    ]
    if failed:
        return f"It would have stopped this candidate, too: {line(failed[0], record.strategy.confidence)}."
    answered = sum(
        finding.observations or 0
        for judged in traffic
        for finding in judged.findings
        if finding.gate == "errors"
    )
    if answered:
        return (
            f"It would have promoted this candidate: {answered:,} requests showed no more errors and no more "
            "slowness than it tolerates. It does not look at decisions."
        )
    rows = record.evaluation.rows if record.evaluation else 0
    answers = (
        f"all {rows:,} labelled payments were answered in time and without an error"
        if rows
        else ("until here every answer came in time and without an error")
    )
    return f"It would have gone on with this candidate: {answers}. It does not look at decisions."


def blind_spots(record: Record, details: Details) -> list[str]:
    """What this evidence could not have seen."""
    return [*_gaps(record, details), *details.notes, *_always(record)]


def _gaps(record: Record, details: Details) -> Iterator[str]:
    for judged in latest(record):
        if judged.note and judged.note not in details.notes:
            yield f"{place(judged, offline=details.offline)}: {judged.note}.".capitalize()
    if details.offline:
        yield "No real traffic was looked at: neither today's payments, nor speed, memory or errors in it."
    elif not any(judged.source is Source.TRAFFIC for judged in record.judged):
        yield "No live request was answered by the candidate yet: speed, memory and errors are not known."
    if record.evaluation is None:
        yield "No labelled payments were judged: whether the changed decisions are better ones is not known."
        return
    few = [
        category
        for name, count in record.evaluation.counts.items()
        for gate, category in [split(name)]
        if gate == "decisions" and category and count.observations < _LOOKS_FEW
    ]
    if few:
        yield f"Categories of fewer than {_LOOKS_FEW} labelled payments: {', '.join(sorted(few))}."


def _always(record: Record) -> Iterator[str]:
    if record.evaluation is not None:
        yield (
            "Frauds of a kind that the labelled payments do not hold, and what changed after them. A blocked "
            "payment's label is what the issuer later said; where that is wrong, the money here is, too."
        )
    yield (
        "Rates between the tolerable and the harmful limit: there either verdict may come. Payments are "
        "taken as independent of each other; one merchant's run of like payments counts as many."
    )


def guarantees(record: Record) -> list[str]:
    """With which chances the verdicts are wrong."""
    strategy = record.strategy
    wrong = f"{100 * (1 - strategy.confidence):.2g} %"
    notes = [
        f"A gate passes a rate at or above its harmful limit with a chance of at most {wrong}, at any look.",
        f"Rates at or below tolerable limits fail with a chance of at most {wrong}, all gates together.",
    ]
    if record.gain and strategy.gain.widens > 1:
        factor = strategy.gain.widens
        notes.append(f"The gain is certain, so limits of decisions and scores are {factor:g} times as wide.")
    return notes
