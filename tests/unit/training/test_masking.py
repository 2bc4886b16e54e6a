"""Some rows are shown twice; none is changed."""

import numpy as np
import pandas as pd

from fraud_training.model.masking import MASKED_SHARE, masked, with_masked
from fraud_training.preprocessing.compile import UNKNOWN
from support.transactions import transactions

ROWS = transactions(1_000)


def test_known_categories_stay_as_they_are() -> None:
    shown = with_masked(ROWS, np.random.default_rng(0))
    pd.testing.assert_frame_equal(ROWS, shown.iloc[: len(ROWS)], check_dtype=False)


def test_duplicates_differ_in_the_category_alone() -> None:
    duplicates = with_masked(ROWS, np.random.default_rng(0)).iloc[len(ROWS) :]
    assert len(duplicates) == int(MASKED_SHARE * len(ROWS))
    assert set(duplicates["category"]) == {UNKNOWN}
    facts = ["amt", "hour", "day_of_week", "is_fraud"]
    known = set(ROWS[facts].itertuples(index=False, name=None))
    assert set(duplicates[facts].itertuples(index=False, name=None)) <= known


def test_masking_hides_every_category() -> None:
    assert set(masked(ROWS.astype({"category": "category"}))["category"]) == {UNKNOWN}
