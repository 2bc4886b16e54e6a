"""What is answered without a score, where the settings prefer a decision to an error."""

from math import nan

from fraud_contract.errors import DeadlineExceeded, PredictorAway, ServiceError
from fraud_contract.policy import Decision
from fraud_contract.transaction import Transaction
from fraud_transformer.decisions.answers import LABELS, PREDICTIONS, Answer, Answers
from fraud_transformer.decisions.decider import Decider
from fraud_transformer.telemetry.observers import Observer
from fraud_transformer.transactions.columns import Columns

_UNSCORED = (PredictorAway, DeadlineExceeded)
"""Not `Overloaded`: a process without time to score has none to answer. Nor a mixed pair."""


class ReviewingDecider(Decider):
    """Decides to review what no predictor scores in time, and says that the answer is degraded.

    Such an answer names the model that would have scored, has no probability (NaN, in JSON null), no
    warnings and no explanation.
    """

    async def decide(self, transaction: Transaction, observer: Observer) -> Answer:
        """As `Decider.decide`, but degraded without a score in time."""
        try:
            return await super().decide(transaction, observer)
        except _UNSCORED as error:
            observer.degraded(1, error.code)
            return Answer(
                PREDICTIONS[Decision.REVIEW],
                nan,
                LABELS[Decision.REVIEW],
                self.release.name,
                self.release.model.version,
                transaction.transaction_id,
                degraded=True,
            )

    async def decide_all(self, columns: Columns, observer: Observer) -> Answers:
        """As `Decider.decide_all`, but degraded, all of them, without a score in time for each."""
        try:
            return await super().decide_all(columns, observer)
        except _UNSCORED as error:
            return self._reviewed(columns, observer, error)

    async def explain_all(self, columns: Columns, observer: Observer) -> Answers:
        """As `Decider.explain_all`, but degraded, all of them, without a score in time for each."""
        try:
            return await super().explain_all(columns, observer)
        except _UNSCORED as error:
            return self._reviewed(columns, observer, error)

    def _reviewed(self, columns: Columns, observer: Observer, error: ServiceError) -> Answers:
        rows = len(columns)
        observer.degraded(rows, error.code)
        release, version = self.release.name, self.release.model.version
        reviews = [Decision.REVIEW] * rows
        return Answers([nan] * rows, reviews, release, version, columns.ids, {}, degraded=True)
