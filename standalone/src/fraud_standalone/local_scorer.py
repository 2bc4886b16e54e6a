"""The trees in this process, behind the interface that a predictor pod has elsewhere."""

import asyncio
from collections.abc import Sequence

import numpy as np

from fraud_predictor.scorer import Scorer
from fraud_serving.telemetry.trace_context import TraceContext
from fraud_transformer.scoring.scorer import ExplainedScores, Scores


class LocalScorer:
    """A scorer without a network between; the pair was checked when the release was loaded."""

    def __init__(self, scorer: Scorer, model_version: str) -> None:
        self._scorer = scorer
        self._model_version = model_version

    async def score(
        self, features: bytes, rows: int, within: float, traces: Sequence[TraceContext]
    ) -> Scores:
        """Scores of `rows` raw feature vectors, in some microseconds each: `within` is never reached."""
        del within, traces  # no call leaves this process
        vectors = np.frombuffer(features, np.float32).reshape(rows, self._scorer.width)
        return Scores(self._scorer.scores(vectors), self._model_version)

    async def explain(
        self, features: bytes, rows: int, within: float, traces: Sequence[TraceContext]
    ) -> ExplainedScores:
        """Scores and contributions; the latter in a thread, since they take milliseconds."""
        vectors = np.frombuffer(features, np.float32).reshape(rows, self._scorer.width)
        contributions = await asyncio.to_thread(self._scorer.contributions, vectors)
        return ExplainedScores(await self.score(features, rows, within, traces), contributions)
