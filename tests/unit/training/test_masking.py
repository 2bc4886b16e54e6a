"""Some rows are shown twice; none is changed."""

import numpy as np

from fraud_training.data.examples import Examples
from fraud_training.model.masking import MASKED_SHARE, masked, with_masked
from fraud_training.preprocessing.compile import UNKNOWN
from fraud_training.preprocessing.prepared import prepare
from support.artifacts.transactions import transactions

ROWS = transactions(1_000).astype({"category": "category"})
EXAMPLES = Examples.of(prepare(ROWS).compiled, ROWS)
SHOWN = with_masked(EXAMPLES, np.random.default_rng(0))


def test_known_categories_stay_as_they_are() -> None:
    first = SHOWN.take(slice(len(EXAMPLES)))
    assert EXAMPLES.features.tobytes() == first.features.tobytes()
    assert EXAMPLES.fraud.tolist() == first.fraud.tolist()


def test_duplicates_differ_in_the_category_alone() -> None:
    duplicates = SHOWN.take(slice(len(EXAMPLES), None))
    assert len(duplicates) == int(MASKED_SHARE * len(EXAMPLES))
    assert set(duplicates.codes) == {EXAMPLES.compiled.unknown}
    facts = [
        set(zip(each.amounts, each.hours, each.days, each.fraud, strict=True))
        for each in (EXAMPLES, duplicates)
    ]
    assert facts[1] <= facts[0]


def test_masking_hides_every_category() -> None:
    assert set(masked(ROWS)["category"]) == {UNKNOWN}
