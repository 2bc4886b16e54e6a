"""Spans of predictor calls, as a scorer around another."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.trace import SpanKind, StatusCode

from fraud_contract.errors import FraudError
from fraud_serving.telemetry.trace_context import TraceContext, representative
from fraud_transformer.oip.grpc_model import RPC
from fraud_transformer.scoring.scorer import ExplainedScores, RemoteScorer, Scores
from fraud_transformer.tracing.spans import context_of, span


class TracedScorer:
    """A `RemoteScorer` with a span for each call, linked to the other requests it is made for."""

    def __init__(self, scorer: RemoteScorer) -> None:
        self._scorer = scorer

    async def score(
        self, features: bytes, rows: int, within: float, traces: Sequence[TraceContext]
    ) -> Scores:
        """See `Scorer`."""
        with _call(rows, traces) as inside:
            return await self._scorer.score(features, rows, within, inside)

    async def explain(
        self, features: bytes, rows: int, within: float, traces: Sequence[TraceContext]
    ) -> ExplainedScores:
        """See `Scorer`."""
        with _call(rows, traces) as inside:
            return await self._scorer.explain(features, rows, within, inside)

    async def close(self) -> None:
        """See `RemoteScorer`."""
        await self._scorer.close()


@contextmanager
def _call(rows: int, traces: Sequence[TraceContext]) -> Iterator[Sequence[TraceContext]]:
    """A span, and the trace context that the call carries to be within it."""
    parent = representative(traces)
    others = [each for each in traces if each is not parent]
    with span(RPC, SpanKind.CLIENT, parent, others) as current:
        current.set_attribute("fraud.rows", rows)
        inside = context_of(current)
        try:
            yield [inside] if inside else []
        except Exception as error:
            current.set_status(StatusCode.ERROR, error.code if isinstance(error, FraudError) else None)
            raise
