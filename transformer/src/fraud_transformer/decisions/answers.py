"""What transactions are answered with, and how that looks in JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, NotRequired, Self, TypedDict, cast

import msgspec

from fraud_contract.errors import FraudError
from fraud_contract.policy import DECISIONS
from fraud_transformer.decisions.reasons import Explanation
from fraud_transformer.transactions.categories import UnknownCategory

type Prediction = Literal["fraudulent", "non-fraudulent"]
type Label = Literal["approve", "review", "block"]
type Probability = Annotated[float, msgspec.Meta(ge=0, le=1)] | None
"""NaN, in JSON null, where degraded."""

PREDICTIONS: Final = tuple(cast("Prediction", decision.prediction) for decision in DECISIONS)
LABELS: Final = tuple(cast("Label", decision.label) for decision in DECISIONS)
"""By the number of a `Decision`: looking up costs a fifth of asking it."""


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
    warnings: Mapping[int, UnknownCategory]
    """By row; most have none."""
    explanations: Sequence[Explanation] = ()
    """One a row where they were asked for."""
    degraded: bool = False
    """Decided without scores, which are NaN, in JSON null."""

    def __len__(self) -> int:
        return len(self.scores)


class Answer(msgspec.Struct, omit_defaults=True, gc=False):
    """The JSON object that one transaction is answered with."""

    prediction: Prediction
    fraud_probability: Probability
    """Calibrated; a float32, so that it equals the model's own to the last bit."""
    decision: Label
    release: str
    model_version: str
    transaction_id: str | None = None
    warnings: tuple[UnknownCategory, ...] = ()
    explanation: Explanation | None = None
    degraded: bool = False


class AnswerColumns(TypedDict):
    """Answers by field; every list has one value a transaction."""

    prediction: Sequence[Prediction]
    fraud_probability: Sequence[Probability]
    decision: Sequence[Label]
    transaction_id: NotRequired[Sequence[str | None]]
    explanation: NotRequired[Sequence[Explanation]]


class UnknownCategoryOfRow(UnknownCategory):
    """The warning for an unknown category, and its row, from 0."""

    row: int


class ColumnAnswer(TypedDict):
    """The JSON object that transactions in columns are answered with."""

    columns: AnswerColumns
    release: str
    model_version: str
    warnings: list[UnknownCategoryOfRow]
    degraded: NotRequired[bool]


class Predictions(msgspec.Struct):
    """The JSON object that transactions in rows are answered with, in their order."""

    predictions: list[Answer]


class Error(msgspec.Struct, omit_defaults=True, kw_only=True):
    """The JSON object that a refusal is answered with."""

    error: str
    code: str
    details: Sequence[Mapping[str, Any]]
    transaction_id: str | None = None

    @classmethod
    def of(cls, error: FraudError, transaction_id: str | None, **place: int) -> Self:
        """The answer to what was refused with `error`, a transaction that was read, in its place."""
        told: dict[str, Any] = {"error": error.message, "code": error.code, "details": error.details, **place}
        return cls(transaction_id=transaction_id, **told)


class RefusedLine(Error, kw_only=True):
    """The JSON object that a refused line of a stream is answered with, in its place."""

    line: Annotated[int, msgspec.Meta(ge=1)]


def answer_rows(answers: Answers, start: int = 0, stop: int | None = None) -> list[Answer]:
    """One object a transaction; of those from `start` up to `stop`."""
    part, release, version = slice(start, stop), answers.release, answers.model_version
    rows = [
        Answer(PREDICTIONS[decision], score, LABELS[decision], release, version, own)
        for score, decision, own in zip(
            answers.scores[part], answers.decisions[part], answers.transaction_ids[part], strict=True
        )
    ]
    if answers.warnings:
        for row, answer in enumerate(rows, start):
            if row in answers.warnings:
                answer.warnings = (answers.warnings[row],)
    for answer, explanation in zip(rows, answers.explanations[part], strict=False):
        answer.explanation = explanation
    if answers.degraded:
        for answer in rows:
            answer.degraded = True
    return rows


def column_warnings(answers: Answers, start: int, stop: int) -> list[UnknownCategoryOfRow]:
    """The warnings of the transactions from `start` up to `stop`, each with its row."""
    warnings = answers.warnings
    return [{"row": row, **warnings[row]} for row in range(start, stop) if row in warnings]


def answer_columns(answers: Answers, warnings: list[UnknownCategoryOfRow]) -> ColumnAnswer:
    """One object of lists; `warnings` are those of `column_warnings`."""
    columns: AnswerColumns = {
        "prediction": [PREDICTIONS[decision] for decision in answers.decisions],
        "fraud_probability": answers.scores,
        "decision": [LABELS[decision] for decision in answers.decisions],
    }
    if any(answers.transaction_ids):
        columns["transaction_id"] = answers.transaction_ids
    if answers.explanations:
        columns["explanation"] = answers.explanations
    content: ColumnAnswer = {
        "columns": columns,
        "release": answers.release,
        "model_version": answers.model_version,
        "warnings": warnings,
    }
    if answers.degraded:
        content["degraded"] = True
    return content
