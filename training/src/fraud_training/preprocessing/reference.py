"""How the inputs were distributed in training, as counts to measure drift against."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from fraud_contract.features import Reference
from fraud_contract.transaction import DAYS, HOURS

AMOUNT_EDGES: Final = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0)
"""The same for every release, so that two of them can be compared bin by bin."""


def reference_of(rows: pd.DataFrame, categories: Sequence[str]) -> Reference:
    """The distribution of each input over `rows`; no row has an unknown category."""
    bins = np.searchsorted(AMOUNT_EDGES, rows["amt"].to_numpy(), side="left")  # as the counters of a release
    codes = pd.Categorical(rows["category"], categories=list(categories)).codes
    return Reference(
        amount_edges=AMOUNT_EDGES,
        amount=_counts(bins, len(AMOUNT_EDGES) + 1),
        hour=_counts(rows["hour"].to_numpy(), HOURS),
        day_of_week=_counts(rows["day_of_week"].to_numpy(), DAYS),
        category=_counts(codes, len(categories) + 1),
    )


def _counts(values: np.ndarray[tuple[int, ...], np.dtype[np.integer]], size: int) -> tuple[int, ...]:
    return tuple(np.bincount(values, minlength=size).tolist())
