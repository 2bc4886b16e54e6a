"""Contributions of features to scores: calls beside the batches, a few at once.

A hundred rows keep a core busy for 30 ms, in a thread. More threads than this would leave payments, which
are scored on the same core, a small share of it.
"""

import asyncio
from typing import Final

from fraud_contract.errors import DeadlineExceeded, FraudError, PredictorAway
from fraud_serving.trace_context import current
from fraud_transformer.scoring.batcher import FIRST_TRY, Calls
from fraud_transformer.scoring.pool import Pool, nobody
from fraud_transformer.scoring.scorer import ExplainedScores, Scorer

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
        calls = self._told if not synthetic else None
        expires = asyncio.get_running_loop().time() + self._deadline
        try:
            async with asyncio.timeout_at(expires):
                await self._turn.acquire()
        except TimeoutError:
            raise _late() from None
        try:
            return await self._tried(features, rows, expires, calls)
        finally:
            self._turn.release()

    async def _tried(
        self, features: bytes, rows: int, expires: float, calls: Calls | None
    ) -> ExplainedScores:
        first = self._pool.any()
        if first is None:
            raise nobody()
        first_try = expires
        if self._pool.any(besides=first):
            first_try = min(expires, asyncio.get_running_loop().time() + self._deadline * FIRST_TRY)
        try:
            return await _explained(first, features, rows, first_try, calls)
        except (PredictorAway, DeadlineExceeded):
            second = self._pool.any(besides=first)
            if second is None:
                raise
            return await _explained(second, features, rows, expires, calls)


async def _explained(
    scorer: Scorer, features: bytes, rows: int, expires: float, calls: Calls | None
) -> ExplainedScores:
    trace = current()
    within = expires - asyncio.get_running_loop().time()
    try:
        try:
            async with asyncio.timeout_at(expires):
                return await scorer.explain(features, rows, within, [trace] if trace else [])
        except TimeoutError:
            raise _late() from None
    except FraudError as error:
        if calls is not None:
            calls.failed(error.code)
        raise


def _late() -> DeadlineExceeded:
    return DeadlineExceeded("No explanation within the deadline. Try again.")
