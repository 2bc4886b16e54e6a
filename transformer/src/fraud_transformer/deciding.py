"""The transformer's work: transactions to features, features to scores, scores to decisions."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from fraud_contract.errors import DeadlineExceeded, InvalidTransaction
from fraud_contract.policy import DECISIONS, Decision
from fraud_contract.transaction import Transaction
from fraud_serving.trace_context import current
from fraud_transformer.answers import Answers
from fraud_transformer.batcher import Batcher
from fraud_transformer.categories import Categories
from fraud_transformer.columns import Columns
from fraud_transformer.explaining import Explainer
from fraud_transformer.observing import Observer
from fraud_transformer.parsing import MAX_DETAILS
from fraud_transformer.pool import Pool, nobody
from fraud_transformer.scoring import Scores
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings

_MANY: Final = 1_000
"""Rows beyond which work on them is longer than a payment should wait."""
_TURNS: Final = 8
"""Of the event loop: a payment takes six from its arrival to its answer, and is to meet one piece only."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one transaction is answered with."""

    score: float
    """Calibrated fraud probability; a float32, so that it equals the model's own to the last bit."""
    decision: Decision
    model_version: str
    transaction_id: str | None
    warnings: tuple[dict[str, Any], ...] = ()
    degraded: bool = False
    """Decided without a score."""


class Decider:
    """Decides transactions with one release."""

    def __init__(
        self,
        release: ServedRelease,
        pool: Pool,
        batcher: Batcher,
        settings: TransformerSettings,
    ) -> None:
        self.release = release
        self._features = release.features
        self._policy = release.policy
        self._categories = Categories(release.preprocessor.spec.categories)
        self._refuse_unknown = settings.unknown_category == "refuse"
        self._explainer = Explainer(release.preprocessor.spec, release.model.document.calibration)
        self._pool = pool
        self._batcher = batcher
        self._batch_rows = settings.batch_rows
        self._deadline = settings.deadline

    async def decide(self, transaction: Transaction, observer: Observer) -> Answer:
        """The answer for one transaction.

        Raises:
            InvalidTransaction: its category is unknown, and the settings refuse those.
            ServiceError: see `Batcher.submit` and `Scorer.score`.
        """
        warnings = self._warnings(transaction.category, observer)
        features = self._features.row(
            transaction.amt, transaction.hour, transaction.day_of_week, transaction.category
        )
        scores = await self._batcher.submit(features, 1)
        score = float(scores.values[0])
        decision = self._decided(transaction, score, observer)
        return Answer(score, decision, scores.model_version, transaction.transaction_id, warnings)

    async def decide_all(self, columns: Columns, observer: Observer) -> Answers:
        """Answers in the order of the transactions; errors as `decide`.

        They go to the scorer in pieces, one after the other, so that single payments pass in between.
        """
        warnings = self._warnings_by_row(columns.category, observer)
        amounts = np.array(columns.amt)
        await _give_way(len(columns))
        features = self._features.rows(amounts, columns.hour, columns.day_of_week, columns.category)
        parts = await self._score(features)
        scores = np.concatenate([part.values for part in parts])
        decisions = [DECISIONS[code] for code in self._policy.decide_all(scores, amounts).tolist()]
        await _give_way(len(columns))
        observer.decided_all(columns, scores, decisions)
        await _give_way(len(columns))
        return Answers(scores.tolist(), decisions, parts[0].model_version, columns.ids, warnings)

    async def explain_all(self, columns: Columns, observer: Observer) -> Answers:
        """Answers with explanations, in the order of the transactions; errors as `decide`.

        Beside the batches, since an explanation costs as much as hundreds of scores.
        """
        warnings = self._warnings_by_row(columns.category, observer)
        amounts = np.array(columns.amt)
        features = self._features.rows(amounts, columns.hour, columns.day_of_week, columns.category)
        scorer = self._pool.any()
        if scorer is None:
            raise nobody()
        trace = current()
        traces = [trace] if trace else []
        explained = await scorer.explain(features.tobytes(), len(columns), self._deadline, traces)
        scores, version = explained.scores.values, explained.scores.model_version
        decisions = [DECISIONS[code] for code in self._policy.decide_all(scores, amounts).tolist()]
        observer.decided_all(columns, scores, decisions)
        explanations = tuple(map(self._explainer.explain, columns.transactions(), explained.contributions))
        return Answers(scores.tolist(), decisions, version, columns.ids, warnings, explanations)

    def require_known(self, category: str, observer: Observer) -> None:
        """Raise `InvalidTransaction` for an unknown category, where the settings refuse those."""
        if self._refuse_unknown:
            self._warnings(category, observer)

    def _decided(self, transaction: Transaction, score: float, observer: Observer) -> Decision:
        decision = self._policy.decide(score, transaction.amt)
        observer.decided(transaction, score, decision)
        return decision

    async def _score(self, features: np.ndarray[Any, np.dtype[np.float32]]) -> list[Scores]:
        expires = asyncio.get_running_loop().time() + self._deadline
        parts = []
        for start in range(0, len(features), self._batch_rows):
            part = features[start : start + self._batch_rows]
            await _give_way(len(features))
            try:
                async with asyncio.timeout_at(expires):
                    parts.append(await self._batcher.submit(part.tobytes(), len(part), expires))
            except TimeoutError:  # in the queue, behind calls of later requests
                raise DeadlineExceeded("No score within the deadline. Try again.") from None
        return parts

    def _warnings_by_row(self, categories: Sequence[str], observer: Observer) -> dict[int, dict[str, Any]]:
        unknown = {category for category in set(categories) if not self._features.knows(category)}
        if not unknown:
            return {}
        rows = [row for row, category in enumerate(categories) if category in unknown]
        warnings = {category: self._categories.unknown(category) for category in unknown}
        for _ in rows:
            observer.unknown_category()
        if self._refuse_unknown:
            details = [{"row": row, "field": "category", **warnings[categories[row]]} for row in rows]
            raise InvalidTransaction(details[0]["message"], details[:MAX_DETAILS])
        return {row: warnings[categories[row]] for row in rows}

    def _warnings(self, category: str, observer: Observer) -> tuple[dict[str, Any], ...]:
        if self._features.knows(category):
            return ()
        observer.unknown_category()
        warning = self._categories.unknown(category)
        if self._refuse_unknown:
            raise InvalidTransaction(warning["message"], [{"field": "category", **warning}])
        return (warning,)


async def _give_way(rows: int) -> None:
    """Let single payments pass between two pieces of work on many rows: some 3 ms each for 10,000."""
    if rows > _MANY:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
