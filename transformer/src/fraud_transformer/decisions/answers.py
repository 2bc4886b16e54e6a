"""What transactions are answered with, and how that looks in JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import msgspec

from fraud_contract.errors import FraudError
from fraud_contract.policy import DECISIONS, Decision
from fraud_transformer.decisions.reasons import Explanation

PREDICTIONS: Final = tuple(decision.prediction for decision in DECISIONS)
LABELS: Final = tuple(decision.label for decision in DECISIONS)
"""By the number of a `Decision`: looking up costs a fifth of asking it."""


class Answer(msgspec.Struct, frozen=True):
    """The decision on one transaction."""

    score: float
    """Calibrated fraud probability; a float32, so that it equals the model's own to the last bit."""
    decision: Decision
    model_version: str
    warnings: tuple[Mapping[str, Any], ...] = ()
    degraded: bool = False
    """Decided without a score."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Scores and decisions of many transactions, in their order."""

    scores: list[float]
    """Calibrated fraud probabilities; float32, so that they equal the model's own to the last bit."""
    decisions: Sequence[int]
    """Numbers of `Decision`, which look labels up faster than its members."""
    release: str
    model_version: str
    transaction_ids: list[str | None]
    warnings: Mapping[int, Mapping[str, Any]]
    """By row; most have none."""
    explanations: Sequence[Explanation] = ()
    """One a row where they were asked for."""
    degraded: bool = False
    """Decided without scores, which are NaN, in JSON null."""

    def __len__(self) -> int:
        return len(self.scores)


class AnswerRow(msgspec.Struct, omit_defaults=True, gc=False):
    """The JSON object that one transaction is answered with."""

    prediction: str
    fraud_probability: float
    decision: str
    release: str
    model_version: str
    transaction_id: str | None = None
    warnings: tuple[Mapping[str, Any], ...] = ()
    explanation: Mapping[str, Any] | None = None
    degraded: bool = False


class RefusedLine(msgspec.Struct, omit_defaults=True):
    """The JSON object that a refused line of a stream is answered with, in its place."""

    error: str
    code: str
    details: Sequence[Mapping[str, Any]]
    line: int
    """Its number, from 1."""
    transaction_id: str | None = None

    @classmethod
    def of(cls, error: FraudError, transaction_id: str | None, line: int) -> Self:
        """The answer to a line that was refused with `error`."""
        return cls(error.message, error.code, error.details, line, transaction_id)


def answer_row(answer: Answer, release: str, transaction_id: str | None) -> AnswerRow:
    """The object of one transaction."""
    return AnswerRow(
        PREDICTIONS[answer.decision],
        answer.score,
        LABELS[answer.decision],
        release,
        answer.model_version,
        transaction_id,
        answer.warnings,
        degraded=answer.degraded,
    )


def answer_rows(answers: Answers) -> list[AnswerRow]:
    """One object a transaction."""
    release, version = answers.release, answers.model_version
    rows = [
        AnswerRow(PREDICTIONS[decision], score, LABELS[decision], release, version, own)
        for score, decision, own in zip(
            answers.scores, answers.decisions, answers.transaction_ids, strict=True
        )
    ]
    for row, warning in answers.warnings.items():
        rows[row].warnings = (warning,)
    for answer, explanation in zip(rows, answers.explanations, strict=False):
        answer.explanation = explanation.body()
    if answers.degraded:
        for answer in rows:
            answer.degraded = True
    return rows


def answer_columns(answers: Answers) -> dict[str, Any]:
    """One object of lists; each warning names its row."""
    columns: dict[str, Any] = {
        "prediction": [PREDICTIONS[decision] for decision in answers.decisions],
        "fraud_probability": answers.scores,
        "decision": [LABELS[decision] for decision in answers.decisions],
    }
    if any(answers.transaction_ids):
        columns["transaction_id"] = answers.transaction_ids
    if answers.explanations:
        columns["explanation"] = [each.body() for each in answers.explanations]
    return {
        "columns": columns,
        "release": answers.release,
        "model_version": answers.model_version,
        **({"degraded": True} if answers.degraded else {}),
        "warnings": [{"row": row, **warning} for row, warning in answers.warnings.items()],
    }
