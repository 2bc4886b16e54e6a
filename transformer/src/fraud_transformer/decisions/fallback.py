"""What is answered without a score, where the settings prefer a decision to an error."""

from math import nan

from fraud_contract.errors import DeadlineExceeded, PredictorAway
from fraud_contract.policy import Decision
from fraud_transformer.decisions.answers import LABELS, PREDICTIONS, Answer, Answers
from fraud_transformer.decisions.decider import Decider, Warnings
from fraud_transformer.scoring.scorer import Scores
from fraud_transformer.telemetry.observers import Observer
from fraud_transformer.telemetry.request_context import RequestContext
from fraud_transformer.transactions.columns import Columns
from fraud_transformer.transactions.parsing import Payment

_UNSCORED = (PredictorAway, DeadlineExceeded)
"""Not `Overloaded`: a process without time to score has none to answer. Nor a mixed pair."""


class ReviewingDecider(Decider):
    """Decides to review what no predictor scores in time, and says that the answer is degraded.

    Such an answer names the model that would have scored, has no probability (NaN, in JSON null), no
    warnings and no explanation.
    """

    def conclude(
        self, transaction: Payment, warnings: Warnings, outcome: Scores | Exception, context: RequestContext
    ) -> Answer:
        """As `Decider.conclude`, but degraded without a score in time."""
        if not isinstance(outcome, _UNSCORED):
            return super().conclude(transaction, warnings, outcome, context)
        context.observer.degraded(1, outcome.code)
        context.decision = LABELS[Decision.REVIEW]
        return Answer(
            PREDICTIONS[Decision.REVIEW],
            nan,
            LABELS[Decision.REVIEW],
            self.release.name,
            self.release.model.version,
            transaction.transaction_id,
            degraded=True,
        )

    async def decide_all(self, columns: Columns, observer: Observer, *, explain: bool = False) -> Answers:
        """As `Decider.decide_all`, but degraded, all of them, without a score in time for each."""
        try:
            return await super().decide_all(columns, observer, explain=explain)
        except _UNSCORED as error:
            rows = len(columns)
            observer.degraded(rows, error.code)
        release, version = self.release.name, self.release.model.version
        reviews = [Decision.REVIEW] * rows
        return Answers([nan] * rows, reviews, release, version, columns.ids, {}, degraded=True)
