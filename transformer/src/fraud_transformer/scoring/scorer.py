"""The interface between the transformer and its scorer, wherever the trees are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from fraud_contract.errors import PredictorAway
from fraud_serving.telemetry.trace_context import TraceContext


class PredictorDied(PredictorAway):
    """The predictor had the rows, and its connection ended before it answered."""


class Scores(msgspec.Struct, frozen=True):
    """Calibrated fraud probabilities, float32 of shape (n,), and the version of the model that gave them."""

    values: npt.NDArray[np.float32]
    model_version: str


@dataclass(frozen=True, slots=True)
class ExplainedScores:
    """Scores with what each feature added to the margin: shape (n, width + 1), the bias last."""

    scores: Scores
    contributions: npt.NDArray[np.float32]


class Scorer(Protocol):
    """Turns features into scores: a predictor pod, or trees in this process."""

    async def explain(
        self, features: bytes, rows: int, within: float, traces: Sequence[TraceContext]
    ) -> ExplainedScores:
        """Scores and contributions; errors as `score`."""
        ...

    async def score(
        self, features: bytes, rows: int, within: float, traces: Sequence[TraceContext]
    ) -> Scores:
        """Scores of `rows` vectors of raw little-endian float32, asked for by requests of `traces`.

        Raises:
            PredictorAway: the scorer does not answer; `PredictorDied` where it had the rows already.
            DeadlineExceeded: no answer in `within` seconds.
            PairMismatch: the trees were trained with another preprocessor.
        """
        ...


class RemoteScorer(Scorer, Protocol):
    """A scorer behind a connection."""

    async def close(self) -> None:
        """End the connection, once calls in flight are answered or took too long."""
        ...
