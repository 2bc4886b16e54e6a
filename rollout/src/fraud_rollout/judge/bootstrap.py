"""Paired bootstrap over labelled payments, frauds and genuine ones apart (Efron 1979).

Frauds are drawn with replacement. The many genuine payments get Poisson weights of mean 1 instead (Hanley
and MacGibbon 2006), which is the same in the limit and needs neither sorting nor look-ups by row.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
type Pair[T: np.generic] = tuple[npt.NDArray[T], npt.NDArray[T]]
"""Stable's and the candidate's column."""
_SEED: Final = 0
_TABLE: Final = 65_536


def _poisson_table() -> npt.NDArray[np.uint8]:
    """For each 16-bit number the weight that it stands for: Poisson of mean 1, exact to 1 / 65,536."""
    weights, probability, total, table = 0, np.exp(-1.0), 0.0, np.zeros(_TABLE, np.uint8)
    while total < 1 - 1 / _TABLE:
        table[round(total * _TABLE) :] = weights
        total += probability
        weights += 1
        probability /= weights
    return table


_WEIGHTS: Final = _poisson_table()


@dataclass(frozen=True)
class Ranking:
    """One release's scores, made ready for average precision under many weightings."""

    order: npt.NDArray[np.int32]
    """Genuine payments that score as high as some fraud, highest first."""
    above: npt.NDArray[np.intp]
    """By distinct score of a fraud, highest first: how many genuine payments score at least as high."""
    groups: npt.NDArray[np.intp]
    """By fraud: which of those scores it has."""

    @classmethod
    def of(cls, scores: npt.NDArray[np.float32], fraud: Flags) -> "Ranking":
        """The ranking of `scores`, shape (n,)."""
        genuine = scores[~fraud]
        order = np.argsort(-genuine, kind="stable")
        distinct, groups = np.unique(-scores[fraud], return_inverse=True)
        above = np.searchsorted(-genuine[order], distinct, side="right")
        return cls(order[: above[-1]].astype(np.int32), above, groups)

    def average_precision(self, frauds: Floats, genuine: npt.NDArray[np.uint8]) -> float:
        """Average precision with a weight for each payment, as scikit-learn defines it."""
        caught = np.bincount(self.groups, frauds, minlength=len(self.above))
        true = np.cumsum(caught)
        false = np.concatenate([[0], np.cumsum(genuine[self.order], dtype=np.int32)])[self.above]
        return float((caught * true / np.maximum(true + false, 1e-300)).sum() / true[-1])


@dataclass(frozen=True)
class Figures:
    """Of one or more weightings of the payments, in rows; columns are stable and candidate."""

    cost: Floats
    """Expected cost of all payments, shape (n, 2)."""
    precision: Floats
    """Average precision, shape (n, 2)."""
    mean_ratio: Floats
    """Mean score over the fraud rate, shape (n, 2)."""

    @classmethod
    def of(cls, rows: Iterable[Floats]) -> "Figures":
        """Of rows of six: both costs, both precisions, both ratios."""
        table = np.array(list(rows))
        return cls(table[:, :2], table[:, 2:4], table[:, 4:])


class Sample:
    """Labelled payments with both releases' scores and costs, made ready to be drawn from."""

    def __init__(self, fraud: Flags, scores: Pair[np.float32], costs: Pair[np.float64]) -> None:
        """All columns have shape (n,), with at least one fraud and one genuine payment."""
        self._frauds, self._genuine = int(fraud.sum()), int((~fraud).sum())
        self._rankings = [Ranking.of(each, fraud) for each in scores]
        self._of_frauds = np.stack([each[fraud] for each in (*costs, *scores)]).astype(np.float64)
        self._scores = np.stack([each[~fraud] for each in scores])
        # What genuine payments cost takes few values (approved, reviewed or blocked, by either).
        self._prices, self._sizes = np.unique(
            np.stack([each[~fraud] for each in costs]), axis=1, return_counts=True
        )

    def figures(self) -> Figures:
        """Of the payments as they are; one row."""
        ones = np.ones(self._genuine, np.uint8)
        return Figures.of([self._row(np.ones(self._frauds), ones, self._sizes)])

    def resampled(self, number: int) -> Figures:
        """Of `number` resamples, always the same ones."""
        generator = np.random.default_rng(_SEED)
        each, of_prices = np.full(self._frauds, 1 / self._frauds), self._sizes / self._genuine
        return Figures.of(
            self._row(
                generator.multinomial(self._frauds, each).astype(np.float64),
                _WEIGHTS[generator.integers(0, _TABLE, self._genuine, np.uint16)],
                generator.multinomial(self._genuine, of_prices),
            )
            for _ in range(number)
        )

    def _row(self, frauds: Floats, genuine: npt.NDArray[np.uint8], prices: npt.NDArray[np.int64]) -> Floats:
        of_frauds = self._of_frauds @ frauds
        cost = of_frauds[:2] + self._prices @ prices
        precision = [ranking.average_precision(frauds, genuine) for ranking in self._rankings]
        # The fraud rate is frauds over all, so mean score over it is the sum of scores over the frauds.
        ratio = (of_frauds[2:] + self._scores @ genuine.astype(np.float32)) / self._frauds
        return np.concatenate([cost, precision, ratio])
