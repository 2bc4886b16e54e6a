"""The transformer's work: transactions to features, features to scores, scores to decisions."""

import asyncio

import numpy as np
import numpy.typing as npt

from fraud_contract.errors import DeadlineExceeded, InvalidTransaction
from fraud_transformer.decisions.answers import LABELS, PREDICTIONS, Answer, Answers
from fraud_transformer.decisions.reasons import Explainer, Explanation
from fraud_transformer.limits import MAX_PROBLEMS
from fraud_transformer.scoring.batcher import Batcher
from fraud_transformer.scoring.contributions import Contributions
from fraud_transformer.scoring.fairness import Fairness
from fraud_transformer.scoring.scorer import Scores
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.observers import Observer
from fraud_transformer.telemetry.request_context import RequestContext
from fraud_transformer.transactions.categories import Categories, UnknownCategory
from fraud_transformer.transactions.columns import Columns, Facts
from fraud_transformer.transactions.parsing import Payment

type Warnings = tuple[UnknownCategory, ...]


class Decider:
    """Decides transactions with one release."""

    def __init__(
        self,
        release: ServedRelease,
        batcher: Batcher,
        contributions: Contributions,
        settings: TransformerSettings,
    ) -> None:
        self.release = release
        self.fairness = Fairness(min(settings.batch_rows, settings.max_queue))
        self._features = release.features
        self._policy = release.policy
        self._categories = Categories(release.preprocessor.spec.categories)
        self._refuse_unknown = settings.unknown_category == "refuse"
        self._explainer = Explainer(release.preprocessor.spec, release.model.document.calibration)
        self._batcher = batcher
        self._contributions = contributions
        self._deadline = settings.deadline

    async def decide(self, transaction: Payment, context: RequestContext) -> Answer:
        """The answer to a request for one decision.

        Raises:
            InvalidTransaction: its category is unknown, and the settings refuse those.
            ServiceError: see `Batcher.submit` and `Scorer.score`.
        """
        features, warnings = self.prepare(transaction, context)
        outcome: Scores | Exception
        try:
            outcome = await self._batcher.submit(features, 1, synthetic=context.observer.synthetic)
        except Exception as error:  # noqa: BLE001 - raised again, unless it is answered nevertheless
            outcome = error
        return self.conclude(transaction, warnings, outcome, context)

    def prepare(self, transaction: Payment, context: RequestContext) -> tuple[bytes, Warnings]:
        """The first half of `decide`: features to be scored, and warnings to be answered."""
        context.transaction = transaction
        self.fairness.arrived(1)
        warnings = self._warnings(transaction.category, context.observer)
        features = self._features.row(
            transaction.amt, transaction.hour, transaction.day_of_week, transaction.category
        )
        return features, warnings

    def conclude(
        self, transaction: Payment, warnings: Warnings, outcome: Scores | Exception, context: RequestContext
    ) -> Answer:
        """The second half of `decide`; raises `outcome` where it is an error."""
        if isinstance(outcome, Exception):
            raise outcome
        score = float(outcome.values[0])
        decision = self._policy.decide(score, transaction.amt)
        context.observer.decided(transaction, score, decision)
        context.decision = LABELS[decision]
        return Answer(
            PREDICTIONS[decision],
            score,
            LABELS[decision],
            self.release.name,
            outcome.model_version,
            transaction.transaction_id,
            warnings,
        )

    async def decide_all(self, columns: Columns, observer: Observer, *, explain: bool = False) -> Answers:
        """Answers in the order of the transactions, with explanations where wanted; errors as `decide`.

        They go to the scorer in chunks, one after the other, so that single payments pass in between; those
        to be explained beside the batches, since an explanation costs as much as ten to a hundred scores.
        """
        if not explain:
            self.fairness.arrived(len(columns))
        async with self.fairness.piece(len(columns)):
            facts = Facts.of(columns, self._features)
            warnings = self._warnings_by_row(facts, observer)
            features = self._rows(facts)
        explanations: tuple[Explanation, ...] = ()
        if explain:
            explained = await self._contributions.request(
                features.tobytes(), len(columns), synthetic=observer.synthetic
            )
            parts = [explained.scores]
            explanations = tuple(
                map(self._explainer.explain, columns.transactions(), explained.contributions)
            )
        else:
            parts = await self._score(features, observer)
        async with self.fairness.piece(len(columns)):
            scores = np.concatenate([part.values for part in parts])
            decisions = self._decided_all(facts, scores, observer)
        release, version = self.release.name, parts[0].model_version
        return Answers(scores.tolist(), decisions, release, version, columns.ids, warnings, explanations)

    def require_known(self, category: str, observer: Observer) -> None:
        """Raise `InvalidTransaction` for an unknown category, where the settings refuse those."""
        if self._refuse_unknown:
            self._warnings(category, observer)

    def _decided_all(self, facts: Facts, scores: npt.NDArray[np.float32], observer: Observer) -> list[int]:
        decisions = self._policy.decide_all(scores, facts.amounts)
        observer.decided_all(facts, scores, decisions)
        numbers: list[int] = decisions.tolist()
        return numbers

    def _rows(self, facts: Facts) -> npt.NDArray[np.float32]:
        return self._features.coded_rows(facts.amounts, facts.hours, facts.days, facts.codes)

    async def _score(self, features: npt.NDArray[np.float32], observer: Observer) -> list[Scores]:
        expires = asyncio.get_running_loop().time() + self._deadline
        parts, scored = list[Scores](), 0
        while scored < len(features):
            await self.fairness.yield_turns(len(features))
            part = features[scored : scored + self.fairness.chunk_rows]
            scored += len(part)
            try:
                async with asyncio.timeout_at(expires):
                    scores = self._batcher.submit(
                        part.tobytes(), len(part), expires, synthetic=observer.synthetic
                    )
                    parts.append(await scores)
            except TimeoutError:  # in the queue, behind calls of later requests
                raise DeadlineExceeded("No score within the deadline. Try again.") from None
        return parts

    def _warnings_by_row(self, facts: Facts, observer: Observer) -> dict[int, UnknownCategory]:
        rows = np.flatnonzero(facts.codes == self._features.unknown).tolist()
        if not rows:
            return {}
        categories = facts.categories
        warnings = self._categories.unknown_among(categories[row] for row in rows)
        observer.unknown_category(len(rows))
        if self._refuse_unknown:
            details = [
                {"row": row, "field": "category", **warnings[categories[row]]} for row in rows[:MAX_PROBLEMS]
            ]
            raise InvalidTransaction(warnings[categories[rows[0]]]["message"], details)
        return {row: warnings[categories[row]] for row in rows}

    def _warnings(self, category: str, observer: Observer) -> Warnings:
        if self._features.knows(category):
            return ()
        observer.unknown_category()
        warning = self._categories.unknown(category)
        if self._refuse_unknown:
            raise InvalidTransaction(warning["message"], [{"field": "category", **warning}])
        return (warning,)
