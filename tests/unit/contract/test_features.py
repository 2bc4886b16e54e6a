"""A feature spec is consistent, or it is refused; its hash is of what decides the features."""

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from fraud_contract.features import (
    AmountBlock,
    AmountStep,
    CompiledFeatures,
    FeatureSpec,
    Operation,
    Reference,
    TableBlock,
)

REFERENCE = Reference(amount_edges=(), amount=(0,), hour=(0,) * 24, day_of_week=(0,) * 7, category=(0, 0))


def spec(**changes: object) -> FeatureSpec:
    content: dict[str, Any] = {
        "names": ("amt", "known", "hour_day"),
        "categories": ("home",),
        "blocks": (
            AmountBlock(steps=(AmountStep(operation="log1p"), AmountStep(operation="multiply", value=2.0))),
            TableBlock(inputs=("category",), width=1, values=((1.0,), (0.0,))),
            TableBlock(
                inputs=("hour", "day_of_week"),
                width=1,
                values=tuple((float(hour * 10 + day),) for hour in range(24) for day in range(7)),
            ),
        ),
        "reference": REFERENCE,
    }
    return FeatureSpec.model_validate(content | changes)


def test_tables_and_steps_are_followed() -> None:
    features = CompiledFeatures(spec())
    expected = [[np.float32(np.log1p(9.5) * 2), 0.0, 236.0]]
    assert expected == features.rows([9.5], [23], [6], ["unseen"]).tolist()
    assert np.asarray(expected, np.float32).tobytes() == features.row(9.5, 23, 6, "unseen")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"names": ("amt", "amt", "x")}, "feature names repeat"),
        ({"names": ("amt",)}, "do not add up to 1 names"),
        ({"categories": ("home", "home")}, "categories repeat"),
        ({"categories": ("home", "travel")}, "the table of category is not 3 rows of 1"),
    ],
)
def test_an_inconsistent_spec_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        spec(**changes)


def test_the_hash_is_of_the_features_not_of_the_reference() -> None:
    other = REFERENCE.model_copy(update={"amount": (5,)})
    assert spec().hash == spec(reference=other).hash
    assert spec().hash != spec(names=("amount", "known", "hour_day")).hash


@pytest.mark.parametrize(
    ("operation", "expected"),
    [("subtract", 6.0), ("divide", 4.0), ("multiply", 16.0), ("add", 10.0), ("log1p", float(np.log1p(8.0)))],
)
def test_operations(operation: Operation, expected: float) -> None:
    blocks = (AmountBlock(steps=(AmountStep(operation=operation, value=2.0),)), *spec().blocks[1:])
    assert np.float32(expected) == CompiledFeatures(spec(blocks=blocks)).rows([8.0], [0], [0], ["home"])[0, 0]


def test_known_categories() -> None:
    features = CompiledFeatures(spec())
    assert [features.knows("home"), features.knows("travel")] == [True, False]


@pytest.mark.parametrize(
    "steps",
    [
        [("divide", 0.0)],
        [("subtract", 1.0), ("log1p", 0.0)],
        [("multiply", 1e300)],
        [("multiply", 1e200), ("multiply", 1e200), ("divide", 1e300)],
        [("add", 0.0)] * 33,
    ],
    ids=str,
)
def test_steps_without_a_result_for_some_amount_are_refused(steps: list[tuple[Operation, float]]) -> None:
    with pytest.raises(ValidationError):
        AmountBlock(steps=tuple(AmountStep(operation=name, value=value) for name, value in steps))


@pytest.mark.parametrize("inputs", [("hour", "hour"), ("hour",) * 22])
def test_a_table_names_an_input_once(inputs: tuple[str, ...]) -> None:
    table = {"kind": "table", "inputs": inputs, "width": 3, "values": ()}
    with pytest.raises(ValidationError):
        spec(blocks=(table,))


def test_tables_that_would_not_fit_are_refused() -> None:
    with pytest.raises(ValidationError, match="make tables of 12303460 values, and 8388608 is the most"):
        spec(
            names=tuple(map(str, range(4_096))),
            categories=tuple(map(str, range(2_994))),
            blocks=(AmountBlock(steps=()),) * 4_096,
        )


def test_every_row_of_a_mixed_table_counts_with_its_head() -> None:
    # Each of many narrow tables by category and hour takes an object for each of their combinations.
    names, categories = tuple(map(str, range(3))), tuple(map(str, range(1_000)))
    mixed = TableBlock(inputs=("category", "hour"), width=1, values=((0.0,),) * (1_001 * 24))
    amount = AmountBlock(steps=())
    reference = REFERENCE.model_copy(update={"category": (0,) * 1_001})
    beside = spec(names=names, categories=categories, blocks=(amount, mixed, amount), reference=reference)
    assert 1_001 * (3 + 12) + 1_001 * 168 * (1 + 12) == beside.cells


def test_three_hundred_one_hot_categories_fit() -> None:
    categories = tuple(map(str, range(300)))
    encoded = TableBlock(inputs=("category",), width=300, values=tuple(map(tuple, np.eye(301, 300).tolist())))
    clock = spec().blocks[2]
    found = spec(names=(*categories, "hour_day"), categories=categories, blocks=(encoded, clock))
    row = CompiledFeatures(found).row(1.0, 23, 6, "299")
    expected = np.zeros(301, np.float32)
    expected[[299, 300]] = 1.0, 236.0
    assert expected.tobytes() == row


def test_columns_of_every_kind_stand_where_they_belong() -> None:
    by_hour = TableBlock(inputs=("hour",), width=1, values=tuple((float(hour),) for hour in range(24)))
    by_day = TableBlock(inputs=("day_of_week",), width=1, values=tuple((float(day),) for day in range(7)))
    both = tuple((float(100 * code + hour),) for code in range(2) for hour in range(24))
    mixed = TableBlock(inputs=("category", "hour"), width=1, values=both)
    constant = TableBlock(inputs=(), width=1, values=((7.0,),))
    blocks = (by_hour, mixed, by_day, AmountBlock(steps=()), by_day, by_hour, constant, mixed)
    features = CompiledFeatures(spec(names=tuple("abcdefgh"), blocks=blocks))
    expected = np.array([[5, 105, 6, 2.5, 6, 5, 7, 105], [23, 23, 0, 9.5, 0, 23, 7, 23]], np.float32)
    assert expected.tobytes() == features.rows([2.5, 9.5], [5, 23], [6, 0], ["unseen", "home"]).tobytes()
    assert expected.tobytes() == features.row(2.5, 5, 6, "unseen") + features.row(9.5, 23, 0, "home")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"amount_edges": (2.0, 1.0), "amount": (0,) * 3}, "edges of bins do not ascend"),
        ({"amount_edges": (1.0, 1.0), "amount": (0,) * 3}, "edges of bins do not ascend"),
        ({"amount_edges": (1.0,), "amount": (0,)}, "1 counts for 2 bins"),
        ({"amount_edges": tuple(map(float, range(200))), "amount": (0,) * 201}, "at most 127 items"),
        ({"hour": (0,) * 23}, "at least 24 items"),
        ({"day_of_week": (0,) * 8}, "at most 7 items"),
        ({"category": (-1, 0)}, "greater than or equal to 0"),
    ],
)
def test_a_reference_is_counts_in_bins(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Reference.model_validate(REFERENCE.model_dump() | changes)


def test_a_category_is_as_long_as_that_of_a_payment_at_most() -> None:
    with pytest.raises(ValidationError, match="at most 64 characters"):
        spec(categories=("x" * 65,))
