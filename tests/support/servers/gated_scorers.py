"""Scorers that answer when a test lets them."""

import asyncio
from collections.abc import Sequence

import numpy as np

from fraud_contract.errors import DeadlineExceeded
from fraud_serving.telemetry.trace_context import TraceContext
from fraud_transformer.scoring.scorer import ExplainedScores, Scores


def row(value: float) -> bytes:
    """A row of one feature."""
    return np.array([value], np.float32).tobytes()


class GatedScorer:
    """Answers a call, once its gate is opened, with the first float of each row."""

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.traces: list[Sequence[TraceContext]] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def score(
        self, features: bytes, rows: int, within: float, traces: Sequence[TraceContext]
    ) -> Scores:
        self.calls.append(rows)
        self.traces.append(traces)
        await self.gate.wait()
        if self.error:
            raise self.error
        return Scores(np.frombuffer(features, np.float32), "v1")

    async def explain(
        self, features: bytes, rows: int, within: float, traces: Sequence[TraceContext]
    ) -> ExplainedScores:
        return ExplainedScores(
            await self.score(features, rows, within, traces), np.zeros((rows, 2), np.float32)
        )


class PunctualScorer(GatedScorer):
    """Gives up in time, as scorers do."""

    def __init__(self) -> None:
        super().__init__()
        self.within: list[float] = []

    async def score(
        self, features: bytes, rows: int, within: float, traces: Sequence[TraceContext]
    ) -> Scores:
        self.within.append(within)
        try:
            async with asyncio.timeout(within):
                return await super().score(features, rows, within, traces)
        except TimeoutError:
            raise DeadlineExceeded("late") from None
