"""Answers of many transactions are made part by part, as they would be made at once."""

import json

import msgspec
import pytest

from fraud_transformer.decisions.answers import Answers, answer_rows, column_warnings

ROWS = 7
WARNINGS = {
    row: {"code": "unknown_category", "message": "m", "value": "zz", "suggestions": []} for row in (0, 3, 4)
}
ANSWERS = Answers(
    scores=[row / 10 for row in range(ROWS)],
    decisions=[row % 3 for row in range(ROWS)],
    release="r",
    model_version="v",
    transaction_ids=[None if row % 2 else f"t{row}" for row in range(ROWS)],
    warnings=WARNINGS,  # type: ignore[arg-type]  # plain dictionaries
)


def parts(size: int) -> list[tuple[int, int]]:
    return [(start, min(start + size, ROWS)) for start in range(0, ROWS, size)]


@pytest.mark.parametrize("size", range(1, ROWS + 2))
def test_rows_in_parts_are_those_of_the_whole(size: int) -> None:
    whole = msgspec.json.encode(answer_rows(ANSWERS))
    found = [each for part in parts(size) for each in answer_rows(ANSWERS, *part)]
    assert whole == msgspec.json.encode(found)


@pytest.mark.parametrize("size", range(1, ROWS + 2))
def test_warnings_of_columns_in_parts_keep_their_rows(size: int) -> None:
    found = [each for part in parts(size) for each in column_warnings(ANSWERS, *part)]
    assert [0, 3, 4] == [each["row"] for each in found]
    assert json.loads(msgspec.json.encode(list(WARNINGS.values()))) == [
        {name: value for name, value in each.items() if name != "row"} for each in found
    ]
