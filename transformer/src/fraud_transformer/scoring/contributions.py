"""Contributions of features to scores: calls beside the batches, a few at once.

A hundred rows keep a core busy for 30 ms, in a thread. More threads than this would leave payments, which
are scored on the same core, a small share of it.
"""

import asyncio
from time import monotonic
from typing import Final

from fraud_contract.errors import DeadlineExceeded, FraudError, PredictorAway
from fraud_serving.telemetry.trace_context import current
from fraud_transformer.scoring.batcher import FIRST_TRY, CallObserver
from fraud_transformer.scoring.pool import Pool, no_predictor_error
from fraud_transformer.scoring.scorer import ExplainedScores, Scorer

_MAX_CALLS: Final = 2
"""Calls in flight; others wait for their turn, within their deadline."""


class Contributions:
    """Calls of a pool's scorers for contributions, at most `_MAX_CALLS` in flight."""

    def __init__(self, pool: Pool, observer: CallObserver, deadline: float) -> None:
        self._pool = pool
        self._observer = observer
        self._deadline = deadline
        self._turn = asyncio.Semaphore(_MAX_CALLS)

    async def request(self, features: bytes, rows: int, *, synthetic: bool = False) -> ExplainedScores:
        """Scores and contributions of `rows` raw feature vectors.

        A call that fails is tried once more, with another scorer. Failures are reported, unless `synthetic`:
        for no real payment.

        Raises:
            PredictorAway: there is no scorer, both that were tried do not answer, or scorers died of a row.
            DeadlineExceeded: no answer, or no turn, within the deadline.
            PairMismatch: the trees were trained with another preprocessor.
        """
        self._pool.suspects.require_admissible(features, rows)
        observer = self._observer if not synthetic else None
        expires = asyncio.get_running_loop().time() + self._deadline
        try:
            async with asyncio.timeout_at(expires):
                await self._turn.acquire()
        except TimeoutError:
            raise _deadline_error() from None
        try:
            # A turn may come at the deadline itself, from a call that ended by its own.
            if asyncio.get_running_loop().time() >= expires:
                raise _deadline_error()
            return await self._with_retry(features, rows, expires, observer)
        finally:
            self._turn.release()

    async def _with_retry(
        self, features: bytes, rows: int, expires: float, observer: CallObserver | None
    ) -> ExplainedScores:
        first = self._pool.any()
        if first is None:
            raise no_predictor_error()
        first_try = expires
        if self._pool.any(besides=first):
            first_try = min(expires, asyncio.get_running_loop().time() + self._deadline * FIRST_TRY)
        try:
            return await self._explained(first, features, rows, first_try, observer)
        except (PredictorAway, DeadlineExceeded):
            second = self._pool.any(besides=first)
            if second is None:
                raise
            return await self._explained(second, features, rows, expires, observer)

    async def _explained(
        self, scorer: Scorer, features: bytes, rows: int, expires: float, observer: CallObserver | None
    ) -> ExplainedScores:
        trace, began = current(), monotonic()
        within = expires - asyncio.get_running_loop().time()
        try:
            try:
                async with asyncio.timeout_at(expires):
                    explained = await scorer.explain(features, rows, within, [trace] if trace else [])
            except TimeoutError:
                raise _deadline_error() from None
        except FraudError as error:
            self._pool.suspects.record(features, rows, began, error)
            if observer is not None:
                observer.failed(error.code)
            raise
        self._pool.suspects.clear(features, rows)
        return explained


def _deadline_error() -> DeadlineExceeded:
    return DeadlineExceeded("No explanation within the deadline. Try again.")
