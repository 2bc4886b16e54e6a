"""Labelled payments answered by both releases: what the evaluation gates judge."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from fraud_rollout.judge.verdict import Count, Frozen

LEVELS: Final = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.5,
    0.9,
    0.95,
    0.975,
    0.99,
    0.995,
    0.9975,
    0.999,
)
"""At which quantiles of a bootstrap are kept, so that another confidence can be judged from the record."""


@dataclass(frozen=True)
class Payments:
    """Labelled payments in columns of equal length n."""

    amounts: npt.NDArray[np.float64]
    """In the card's currency, above 0."""
    fraud: npt.NDArray[np.bool_]
    categories: npt.NDArray[np.object_]
    """Names, as sent."""

    def __len__(self) -> int:
        return len(self.amounts)


@dataclass(frozen=True)
class Answers:
    """What one release answered, row by row, as served."""

    scores: npt.NDArray[np.float32]
    """Fraud probabilities in 0 to 1; shape (n,)."""
    decisions: npt.NDArray[np.int8]
    """Numbers of `fraud_contract.policy.Decision`; shape (n,)."""

    def __len__(self) -> int:
        return len(self.scores)


class Difference(Frozen):
    """What stable and candidate reach, and the paired difference."""

    stable: float
    candidate: float
    estimate: float
    """The difference itself; its unit is that of the field that holds it."""
    error: float
    """Its standard deviation."""


class Change(Difference):
    """A difference with the distribution of its paired bootstrap."""

    quantiles: tuple[float, ...]
    """Of the resamples, at `LEVELS`."""


class Evaluation(Frozen):
    """All that judging needs of an evaluation; a few kilobytes, so that a record can hold it."""

    rows: int
    frauds: int
    resamples: int
    cost: Change
    """Of expected cost, as a share of stable's; `stable` and `candidate` are money per 1,000 payments."""
    precision: Change
    """Of average precision."""
    calibration: Change
    """Of |mean score / fraud rate - 1|."""
    recall: Mapping[str, Difference]
    """Of the share of frauds reviewed or blocked, by category."""
    counts: Mapping[str, Count]
    """Pairs, by gate: see `pairs.pair_counts`."""
    saved: float
    """Share of the cost of approving everything that the candidate's decisions save."""
    dataset: str = ""
    """Name and fingerprint of the rows."""
