"""Contributions of features to scores: calls beside the batches, a few at once.

A hundred rows keep a core busy for 30 ms, in a thread. More threads than this would leave payments, which
are scored on the same core, a small share of it.
"""

import asyncio
from typing import Final

from fraud_contract.errors import DeadlineExceeded, FraudError, PredictorAway
from fraud_serving.trace_context import current
from fraud_transformer.batcher import Calls
from fraud_transformer.pool import Pool, nobody
from fraud_transformer.scoring import ExplainedScores, Scorer

_AT_ONCE: Final = 2
"""Calls in flight; others wait for their turn, within their deadline."""


class Explanations:
    """Asks a pool's scorers to explain."""

    def __init__(self, pool: Pool, calls: Calls, deadline: float) -> None:
        self._pool = pool
        self._told = calls
        self._deadline = deadline
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def ask(self, features: bytes, rows: int, *, synthetic: bool = False) -> ExplainedScores:
        """Scores and contributions of `rows` raw feature vectors; once more elsewhere where nobody answers.

        Failures are told unless it is `synthetic`: for nobody's payment.

        Raises:
            PredictorAway: there is no scorer, or those asked do not answer.
            DeadlineExceeded: no answer, or no turn, within the deadline.
            PairMismatch: the trees were trained with another preprocessor.
        """
        first = self._pool.any()
        if first is None:
            raise nobody()
        asked = False
        try:
            async with asyncio.timeout(self._deadline), self._turn:
                asked = True
                try:
                    return await self._explained(first, features, rows, synthetic)
                except PredictorAway:
                    second = self._pool.any(besides=first)
                    if second is None:
                        raise
                    return await self._explained(second, features, rows, synthetic)
        except TimeoutError:
            if asked and not synthetic:
                self._told.failed(DeadlineExceeded.code)
            raise DeadlineExceeded("No explanation within the deadline. Try again.") from None

    async def _explained(
        self, scorer: Scorer, features: bytes, rows: int, synthetic: bool
    ) -> ExplainedScores:
        trace = current()
        try:
            return await scorer.explain(features, rows, self._deadline, [trace] if trace else [])
        except FraudError as error:
            if not synthetic:
                self._told.failed(error.code)
            raise
