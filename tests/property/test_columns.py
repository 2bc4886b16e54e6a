"""Rows and columns are two ways to say the same: the same transactions, or the same refusal."""

import json
import math
from collections.abc import Callable
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from fraud_contract.errors import InvalidTransaction, RequestError
from fraud_transformer.http.bodies import is_columnar, read_batch, read_columns, read_instances
from fraud_transformer.transactions.columns import Columns, transposed
from fraud_transformer.transactions.parsing import Payment, validate_rows
from fraud_transformer.transactions.strict_json import load

FIELDS = ("amt", "hour", "day_of_week", "category")
good = {
    "amt": st.one_of(st.floats(min_value=0, max_value=1e9, exclude_min=True), st.integers(1, 10**9)),
    "hour": st.one_of(st.integers(0, 23), st.integers(0, 23).map(float)),
    "day_of_week": st.integers(0, 6),
    "category": st.text(st.characters(codec="utf-8"), min_size=1, max_size=64),
    "transaction_id": st.none() | st.text(st.characters(codec="utf-8"), min_size=1, max_size=128),
}
edges: st.SearchStrategy[object] = st.sampled_from([
    None, True, 0, -0.0, 1e-320, 1e9, 1e9 + 1e-6, 10**9 + 1, 10**400, math.nan, math.inf, -1, 6, 7, 23, 24,
    24.0, 14.5, 2**63, 2**64, "", "x" * 64, "x" * 65, "é" * 64, "😀" * 65, "\x00", "14", "x" * 128, "x" * 129,
    [], {}, [1],
])  # fmt: skip
value = edges | st.integers() | st.floats() | st.text(max_size=3)


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows with the same fields, most of whose values are good."""
    names = [*FIELDS, *draw(st.sampled_from([(), ("transaction_id",)]))]
    rows: list[dict[str, Any]] = draw(
        st.lists(st.fixed_dictionaries({name: good[name] for name in names}), max_size=6)
    )
    if rows:
        for _ in range(draw(st.integers(0, 3))):
            rows[draw(st.integers(0, len(rows) - 1))][draw(st.sampled_from(names))] = draw(value)
    return rows


Outcome = list[Payment] | tuple[type[RequestError], Any]
Read = Callable[[bytes, int], Columns] | Callable[[bytes, int], list[Payment]]


def outcome(read: Read, body: bytes) -> Outcome:
    """What is read, or the refusal with its details."""
    try:
        read_out = read(body, 5)
    except RequestError as error:
        return type(error), error.details
    return (read_out if isinstance(read_out, Columns) else transposed(read_out)).transactions()


def in_columns(rows: list[dict[str, Any]]) -> bytes:
    names = rows[0] if rows else FIELDS
    return json.dumps({"columns": {name: [row[name] for row in rows] for name in names}}).encode()


@given(rows=tables())
@example(rows=[dict(zip(FIELDS, (1, 14.0, 0, "x"), strict=True))])
@example(rows=[dict(zip(FIELDS, (10**400, 2**64, 7, ""), strict=True))])
def test_columns_mean_what_rows_mean(rows: list[dict[str, Any]]) -> None:
    body = in_columns(rows)
    assert is_columnar(body)
    in_rows = json.dumps({"transactions": rows}).encode()
    assert outcome(read_batch, in_rows) == outcome(read_columns, body)


@given(rows=tables())
def test_the_fast_reader_takes_what_the_strict_one_takes(rows: list[dict[str, Any]]) -> None:
    batch = json.dumps({"transactions": rows}).encode()
    strict = outcome(lambda body, most: validate_rows(load(body, "")["transactions"], most, ""), batch)
    assert strict == outcome(read_batch, batch)
    assert strict == outcome(read_instances, json.dumps({"instances": rows}).encode())


@given(rows=tables(), data=st.data())
def test_columns_of_other_lengths_or_names_are_refused(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    assume(rows)
    content = json.loads(in_columns(rows))
    name = data.draw(st.sampled_from(sorted(content["columns"])))
    change = data.draw(st.sampled_from(["shorter", "gone", "more"]))
    match change:
        case "shorter":
            content["columns"][name].pop()
        case "gone":
            assume(name != "transaction_id")
            del content["columns"][name]
        case _:
            content["columns"]["amount"] = []
    refused = outcome(read_columns, json.dumps(content).encode())
    assert isinstance(refused, tuple)
    assert refused[0] is InvalidTransaction
    if change != "shorter":
        assert [name if change == "gone" else "amount"] == [each["field"] for each in refused[1]]


@given(body=st.binary(max_size=60) | st.just(b'{"columns": {"amt": 1}}') | st.just(b'{"columns": null}'))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    assert isinstance(outcome(read_columns, body), tuple)
