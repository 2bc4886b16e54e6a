"""Labelled payments, and what a release answered to them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Payments:
    """Labelled payments in columns of equal length n."""

    amounts: npt.NDArray[np.float64]
    """In the card's currency, above 0."""
    fraud: npt.NDArray[np.bool_]
    categories: npt.NDArray[np.object_]
    """Names, as sent."""
    dataset: str = ""
    """Name and fingerprint, for people."""

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


def approving_all(rows: int) -> Answers:
    """What a release would answer that approves every payment; the first of all is compared with it."""
    return Answers(np.zeros(rows, np.float32), np.zeros(rows, np.int8))
