"""What else than transactions a body may say, and what is reported of many that are wrong."""

import json
from typing import Any

import pytest

from fraud_contract.errors import InvalidTransaction, MalformedRequest, RequestTooLarge
from fraud_transformer.http.bodies import read_batch, read_columns, read_instances
from fraud_transformer.transactions.parsing import parse_transaction

GOOD = {"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "travel"}
COLUMNS = {name: [value] for name, value in GOOD.items()}


@pytest.mark.parametrize("said", [
    {}, {"parameters": None}, {"parameters": {}}, {"id": "c-1"}, {"signature_name": "serving_default"},
    {"columns": None, "explain": None}, {"n": [1, {"x": 2}]},
], ids=str)  # fmt: skip
def test_v1_takes_other_names_as_kserve_does(said: dict[str, Any]) -> None:
    assert 1 == len(read_instances(json.dumps({"instances": [GOOD]} | said).encode(), 10))
    assert 1 == len(read_instances(json.dumps(said | {"instances": [GOOD | {"hour": 14.0}]}).encode(), 10))


@pytest.mark.parametrize("name", ["columns", "explain", "inputs", "parameters", "transactions"])
def test_v1_refuses_what_asks_for_something(name: str) -> None:
    with pytest.raises(MalformedRequest, match=f"says '{name}', which is not taken beside instances"):
        read_instances(json.dumps({"instances": [GOOD], name: {"explain": True}}).encode(), 10)


def test_other_names_beside_transactions_and_columns_are_refused() -> None:
    with pytest.raises(MalformedRequest, match="says 'parameters', which is not taken beside transactions"):
        read_batch(json.dumps({"transactions": [GOOD], "parameters": {}}).encode(), 10)
    with pytest.raises(MalformedRequest, match="says 'explain', which is not taken beside columns"):
        read_columns(json.dumps({"columns": COLUMNS, "explain": True}).encode(), 10)


def test_a_column_of_ids_may_be_null_and_no_other() -> None:
    assert [None] == read_columns(json.dumps({"columns": COLUMNS | {"transaction_id": None}}).encode(), 9).ids
    with pytest.raises(MalformedRequest, match="hour is no list"):
        read_columns(json.dumps({"columns": COLUMNS | {"hour": None}}).encode(), 10)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (1, "row 0, hour: must be an integer from 0 to 23. Send"),
        (3, "row 2, hour: must be an integer from 0 to 23. Send"),
        (4, "row 2, hour: must be an integer from 0 to 23; and 1 more. Send"),
        (20, "; and 17 more. Send"),
        (21, "; and more than 17 others. Send"),
        (900, "; and more than 17 others. Send"),
    ],
)
def test_a_message_says_how_many_problems_it_does_not_name(wrong: int, said: str) -> None:
    rows = [GOOD | {"hour": 25}] * wrong + [GOOD]
    for read, name in ((read_batch, "transactions"), (read_instances, "instances")):
        with pytest.raises(InvalidTransaction) as refused:
            read(json.dumps({name: rows}).encode(), 1_000)
        assert said in refused.value.message
        assert min(wrong, 20) == len(refused.value.details)
    columns = {name: [row[name] for row in rows] for name in GOOD}
    with pytest.raises(InvalidTransaction) as refused:
        read_columns(json.dumps({"columns": columns}).encode(), 1_000)
    assert said in refused.value.message


def test_many_unknown_fields_of_one_transaction_are_counted_and_some_named() -> None:
    unknown = {f"x{number:03}": 0 for number in range(500)}
    for read in (parse_transaction, lambda body: read_batch(b'{"transactions":[%b]}' % body, 10)):
        with pytest.raises(InvalidTransaction, match=r"x000: is not a field.*more than 17 others") as refused:
            read(json.dumps(GOOD | unknown).encode())
        assert 20 == len(refused.value.details)
    with pytest.raises(InvalidTransaction, match=r"x000: is not a field.*more than 17 others"):
        read_columns(json.dumps({"columns": COLUMNS | unknown}).encode(), 10)


def test_rows_are_counted_before_they_are_looked_at() -> None:
    for read, name in ((read_batch, "transactions"), (read_instances, "instances")):
        with pytest.raises(RequestTooLarge, match="11 transactions in one request; at most 10"):
            read(json.dumps({name: [{}] * 11}).encode(), 10)
    with pytest.raises(RequestTooLarge, match="11 transactions in one request; at most 10"):
        read_columns(json.dumps({"columns": dict.fromkeys(GOOD, [None] * 11)}).encode(), 10)


def test_a_row_that_is_no_object_is_named_by_its_place() -> None:
    with pytest.raises(InvalidTransaction) as refused:
        read_batch(json.dumps({"transactions": [GOOD, 3, ["x"], None]}).encode(), 10)
    assert [(1, "3"), (2, "a list"), (3, "None")] == [
        (each["row"], each["got"]) for each in refused.value.details
    ]
