"""How the scores' calibration moves from month to month."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fraud_training.evaluation.payments import Payments

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Month:
    """The payments of one calendar month in one window."""

    window: str
    month: str
    """Year and month, such as `2020-07`."""
    rows: int
    frauds: int
    rate: float
    mean_score: float
    mean_ratio: float | None
    """Mean score over the fraud rate: 1 is calibrated in the large; None without frauds."""


def by_month(window: str, times: "pd.Series[Any]", payments: Payments) -> tuple[Month, ...]:
    """The months of the payments, which were made at `times`, in order."""
    months = times.to_numpy().astype("datetime64[M]")
    names, codes = np.unique(months, return_inverse=True)
    rows = np.bincount(codes)
    frauds = np.bincount(codes, payments.fraud)
    scores = np.bincount(codes, payments.scores.astype(np.float64))
    return tuple(
        Month(
            window=window,
            month=str(name),
            rows=int(count),
            frauds=int(bad),
            rate=float(bad / count),
            mean_score=float(total / count),
            mean_ratio=float(total / bad) if bad else None,
        )
        for name, count, bad, total in zip(names, rows, frauds, scores, strict=True)
    )
