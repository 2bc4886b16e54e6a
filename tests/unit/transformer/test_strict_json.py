"""JSON is read within its budgets of objects, arrays, values and names, of which strings hold none."""

import json
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_contract.errors import RequestTooLarge
from fraud_transformer.http.bodies import read_batch, read_columns, read_instances
from fraud_transformer.limits import CONTAINERS, FREE_NAMES, MAX_NAMES, MIN_ROWS, OBJECTS, SMALL_BODY, VALUES
from fraud_transformer.oip.rest_json import parse_infer
from fraud_transformer.transactions import strict_json, structure
from fraud_transformer.transactions.strict_json import load

ROWS = 20_000
MAX_CONTAINERS, MAX_OBJECTS, MAX_VALUES = CONTAINERS * MIN_ROWS, OBJECTS * MIN_ROWS, VALUES * MIN_ROWS
ROW = {"amt": 1, "hour": 2.0, "day_of_week": 3, "category": "\\[{,:", "transaction_id": '"'}


def filled(opening: str, unit: str, times: int, closing: str) -> bytes:
    return (opening + ",".join([unit] * times) + closing).encode()


def numbered(number: int) -> str:
    return ",".join(f'"n{each}":0' for each in range(number))


def test_as_many_objects_and_arrays_as_may_be_are_read() -> None:
    value = load(b"[" + b"[]," * (MAX_CONTAINERS - 2) + b"{}]", "")
    assert MAX_CONTAINERS - 1 == len(value)


def test_as_many_rows_as_may_be_are_read_in_every_notation() -> None:
    assert ROWS == len(load(json.dumps([ROW] * ROWS).encode(), ""))
    tensor = {"name": "amt", "datatype": "FP64", "shape": [ROWS, 1], "data": [[1]] * ROWS}
    assert 5 == len(load(json.dumps({"inputs": [tensor] * 5}).encode(), "")["inputs"])
    assert 5 == len(load(json.dumps({name: [value] * ROWS for name, value in ROW.items()}).encode(), ""))


def test_the_budgets_follow_the_rows_that_are_allowed() -> None:
    many = 2 * ROWS
    odd = {"amt": 1, "hour": 2.0, "day_of_week": 3, "category": "a,b", "transaction_id": "t"}
    columns = json.dumps({"columns": {name: [value] * many for name, value in odd.items()}}).encode()
    rows = json.dumps([odd] * many).encode()
    tensor = {"name": "amt", "datatype": "FP64", "shape": [many, 1], "data": [[1]] * many}
    infer = json.dumps({"inputs": [tensor] * 5}).encode()
    assert many == len(read_columns(columns, many))
    assert many == len(read_batch(b'{"transactions":%b}' % rows, many))
    assert many == len(read_instances(b'{"instances":%b}' % rows, many))
    assert 5 == len(parse_infer(infer, many).inputs)
    with pytest.raises(RequestTooLarge, match="objects and arrays"):
        parse_infer(infer, ROWS)


@pytest.mark.parametrize(
    ("body", "what"),
    [
        *(
            (filled("[", each, MAX_CONTAINERS, "1]"), "objects and arrays")
            for each in ("[" * 19 + "]" * 19 + ",", '{"a":{}},', "[],", '["\\\\",{}],')
        ),
        (filled("[", "{}", MAX_OBJECTS + 1, "]"), "objects"),
        (filled("[", "1", MAX_VALUES + 2, "]"), "values"),
        (filled("[", '"\\\\"', MAX_VALUES + 2, "]"), "values"),
        (f"{{{numbered(MAX_NAMES + FREE_NAMES + 1)}}}{' ' * SMALL_BODY}".encode(), "names"),
        (filled("[", f"{{{numbered(MAX_NAMES + 1)}}}", FREE_NAMES + 1, "]"), "names"),
        (filled("{", '"a":{}', MAX_NAMES + FREE_NAMES + 1, "}" + " " * SMALL_BODY), "names"),
    ],
    ids=lambda each: each[:20],
)
def test_more_are_refused_before_they_are_read(body: bytes, what: str) -> None:
    with (
        patch.object(strict_json, "from_json", side_effect=AssertionError("read")),
        pytest.raises(RequestTooLarge, match=what),
    ):
        load(body, "")


def test_as_many_names_as_may_be_are_read() -> None:
    number = MAX_NAMES + FREE_NAMES
    assert number == len(load(f"{{{numbered(number)}}}{' ' * SMALL_BODY}".encode(), ""))
    rows = load(filled("[", f"{{{numbered(MAX_NAMES)}}}", number, "]"), "")
    assert number == len(rows)


@pytest.mark.parametrize("text", [b"[" * 500, b"\\\\{", b'\\"[' * 9, b"{}" * 30])
def test_brackets_in_strings_are_none(text: bytes) -> None:
    brackets = text.count(b"[") + text.count(b"{")
    strings = [text] * (1 + MAX_CONTAINERS // brackets)
    assert len(strings) == len(load(b'["%b"]' % b'","'.join(strings), ""))


JSON = st.recursive(
    st.none() | st.integers() | st.text('a"\\[]{},:', max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('a"\\[]{},:'), inner, max_size=4),
    max_leaves=30,
)


def names_beyond(value: object, most: int) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = max(0, len(value) - most) if isinstance(value, dict) else 0
    return own + sum(names_beyond(each, most) for each in inner)


@given(value=JSON, most=st.integers(0, 3))
def test_a_name_counts_for_its_own_object(value: object, most: int) -> None:
    body = json.dumps(value).encode() + b" " * SMALL_BODY
    beyond = names_beyond(value, most)
    with patch.multiple(structure, MAX_NAMES=most, FREE_NAMES=beyond):
        structure.require_affordable(body, 1)
    if beyond:
        with (
            patch.multiple(structure, MAX_NAMES=most, FREE_NAMES=beyond - 1),
            pytest.raises(RequestTooLarge, match="names"),
        ):
            structure.require_affordable(body, 1)
