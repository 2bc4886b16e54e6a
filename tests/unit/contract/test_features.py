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


def test_a_table_that_would_not_fit_is_refused() -> None:
    with pytest.raises(ValidationError, match="a table of more than"):
        spec(
            names=tuple(map(str, range(100))),
            categories=tuple(map(str, range(1_000))),
            blocks=(AmountBlock(steps=()),) * 100,
        )
