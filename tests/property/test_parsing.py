"""Whatever bytes arrive, parsing gives transactions or one of the caller's own errors."""

import json
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fraud_contract.errors import RequestError
from fraud_contract.transaction import Transaction
from fraud_serving.http_status import status_of
from fraud_transformer.http.bodies import read_batch, read_columns, read_instances
from fraud_transformer.oip.rest_json import parse_infer, tensors_of
from fraud_transformer.oip.tensors import columns_of
from fraud_transformer.transactions.categories import Categories
from fraud_transformer.transactions.parsing import Payment, parse_transaction

valid = st.fixed_dictionaries(
    {
        "amt": st.one_of(st.floats(min_value=0, max_value=1e9, exclude_min=True), st.integers(1, 10**9)),
        "hour": st.integers(0, 23),
        "day_of_week": st.integers(0, 6),
        "category": st.text(st.characters(codec="utf-8"), min_size=1, max_size=64),
    },
    optional={"transaction_id": st.text(st.characters(codec="utf-8"), min_size=1, max_size=128)},
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
nearly = st.builds(
    lambda row, name, value: row | {name: value},
    valid,
    st.sampled_from(["amt", "hour", "day_of_week", "category", "transaction_id", "amount"]),
    anything,
)


@given(row=valid)
def test_a_valid_transaction_is_taken_as_it_is(row: dict[str, object]) -> None:
    assert Payment(**dict(Transaction.model_validate(row))) == parse_transaction(json.dumps(row).encode())


@given(rows=st.lists(valid, min_size=1, max_size=5))
def test_batch_and_instances_take_the_same_rows(rows: list[dict[str, object]]) -> None:
    batch = read_batch(json.dumps({"transactions": rows}).encode(), 10)
    assert batch == read_instances(json.dumps({"instances": rows}).encode(), 10)
    assert len(rows) == len(batch)


PARSERS: list[Callable[[bytes], object]] = [
    parse_transaction,
    partial(read_batch, max_rows=10),
    partial(read_instances, max_rows=10),
    partial(read_columns, max_rows=10),
    parse_infer,
]


def refusal(parse: Callable[[bytes], object], body: bytes) -> RequestError | None:
    """The caller's own error that parsing ends in, if it does; any other error fails the test."""
    try:
        parse(body)
    except RequestError as error:
        return error
    return None


@given(content=st.one_of(anything, nearly))
@example(content={"amt": 10**400, "hour": 0, "day_of_week": 0, "category": "x"})
def test_other_json_is_refused_with_a_message_and_short_details(content: object) -> None:
    body = json.dumps(content).encode()
    refusals = [error for parse in PARSERS if (error := refusal(parse, body))]
    assert all(error.message.endswith((".", "}")) for error in refusals)
    assert all(len(str(each.get("got", ""))) <= 64 for error in refusals for each in error.details)


@given(body=st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(body: bytes) -> None:
    assert {400, 422} >= {status_of(error) for parse in PARSERS if (error := refusal(parse, body))}


tensors = st.builds(
    lambda name, datatype, shape, data: {"name": name, "datatype": datatype, "shape": shape, "data": data},
    st.sampled_from(["amt", "hour", "day_of_week", "category", "transaction_id", "x"]),
    st.sampled_from(["FP32", "FP64", "INT64", "UINT8", "BYTES", "BOOL", ""]),
    st.lists(st.integers(-1, 3), max_size=3),
    st.lists(st.one_of(anything, st.integers(0, 6)), max_size=3),
)


@given(inputs=st.lists(tensors, min_size=1, max_size=6))
def test_any_tensors_give_transactions_or_a_request_error(inputs: list[dict[str, object]]) -> None:
    try:
        request = parse_infer(json.dumps({"inputs": inputs}).encode())
        rows = columns_of(tensors_of(request, b"", 10), 10).transactions()
    except RequestError:
        return
    assert all(isinstance(row, Payment) for row in rows)


@pytest.mark.parametrize(
    ("category", "near"),
    [
        ("grocery", ["grocery_net", "grocery_pos"]),
        ("Grocery POS", ["grocery_net", "grocery_pos", "misc_pos"]),
        ("gas", ["gas_transport"]),
        ("zoo", []),
        ("GAS", ["gas_transport"]),
        ("öl", ["Öl & Fett"]),
        ("parts:wheel locks", ["parts: locks"]),
        ("& _", []),
    ],
)
def test_near_names_share_a_word(category: str, near: list[str]) -> None:
    known = Categories(
        ("gas_transport", "grocery_net", "grocery_pos", "misc_pos", "parts: locks", "Öl & Fett")
    )
    assert near == known.near(category)
