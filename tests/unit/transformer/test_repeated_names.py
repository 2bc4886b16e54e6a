"""An object that names a member twice is refused wherever it stands: readers differ on which one counts."""

from collections.abc import Callable
from functools import partial

import pytest

from fraud_contract.errors import MalformedRequest
from fraud_transformer.http.bodies import read_batch, read_columns, read_instances
from fraud_transformer.transactions.columns import Columns, transposed
from fraud_transformer.transactions.parsing import parse_transaction

ROW = b'{"amt":245.5,"hour":14,"day_of_week":3,"category":"travel"}'
OWN = ROW.replace(b"}", b',"transaction_id":"p-1"}')
NULL = ROW.replace(b"}", b',"transaction_id":null}')
COLUMNS = b'{"columns":{"amt":[245.5],"hour":[14],"day_of_week":[3],"category":["travel"]}}'


def batch_of(row: bytes) -> bytes:
    return b'{"transactions":[%b,%b]}' % (ROW, row)


def large_batch_of(row: bytes) -> bytes:
    """More than is read at once."""
    return b'{"transactions":[%b]}' % b",".join([ROW] * 400 + [row])


def instances_of(row: bytes) -> bytes:
    return b'{"instances":[%b,%b]}' % (OWN, row)


READERS: dict[str, tuple[Callable[[bytes], object], Callable[[bytes], bytes]]] = {
    "alone": (parse_transaction, bytes),
    "batch": (partial(read_batch, max_rows=10), batch_of),
    "large batch": (partial(read_batch, max_rows=500), large_batch_of),
    "instances": (partial(read_instances, max_rows=10), instances_of),
}
REPEATED = {
    "the same value": ROW.replace(b"{", b'{"amt":245.5,'),
    "another value": ROW.replace(b"}", b',"amt":9}'),
    "another type": ROW.replace(b"}", b',"amt":"9"}'),
    "escaped": ROW.replace(b"}", b',"\\u0061mt":9}'),
    "wholly escaped": ROW.replace(b"}", b',"\\u0068\\u006f\\u0075\\u0072":9}'),
    "a string": ROW.replace(b"}", b',"category":"home"}'),
    "an id": OWN.replace(b"}", b',"transaction_id":"p-2"}'),
    "an id that is null first": NULL.replace(b"}", b',"transaction_id":"p-2"}'),
    "an id that is null last": OWN.replace(b"}", b',"transaction_id":null}'),
    "two nulls": NULL.replace(b"}", b',"transaction_id":null}'),
    "in place of a missing one": ROW.replace(b'"hour":14', b'"amt":14'),
    "unknown": ROW.replace(b"}", b',"x":1,"x":1}'),
    "within an unknown one": ROW.replace(b"}", b',"x":{"y":1,"y":1}}'),
    "within a value": ROW.replace(b"245.5", b'[{"y":1,"y":1}]'),
    "with white space": ROW.replace(b"}", b' , "amt"\n:\t9 }'),
    "with a quote in the category": ROW.replace(b"travel", b'\\"').replace(b"}", b',"amt":9}'),
}


@pytest.mark.parametrize("row", REPEATED.values(), ids=REPEATED)
@pytest.mark.parametrize(("read", "body_of"), READERS.values(), ids=READERS)
def test_a_name_that_is_there_twice_is_refused_and_named(
    read: Callable[[bytes], object], body_of: Callable[[bytes], bytes], row: bytes
) -> None:
    with pytest.raises(MalformedRequest, match="twice in one object, for the second time in line"):
        read(body_of(row))


@pytest.mark.parametrize(
    "body",
    [
        COLUMNS.replace(b'"hour"', b'"amt":[1],"hour"'),
        COLUMNS.replace(b'"hour"', b'"am\\u0074":[1],"hour"'),
        COLUMNS.replace(b"}}", b'},"columns":{}}'),
        COLUMNS.replace(b"}}", b'},"columns":' + COLUMNS[11:]),
        COLUMNS.replace(b"}}", b',"transaction_id":["a"],"transaction_id":["b"]}}'),
        COLUMNS.replace(b"}}", b',"transaction_id":[null],"transaction_id":[null]}}'),
    ],
)
def test_a_column_that_is_there_twice_is_refused_and_named(body: bytes) -> None:
    with pytest.raises(MalformedRequest, match="twice in one object"):
        read_columns(body, 10)


@pytest.mark.parametrize("name", ["transactions", "instances"])
def test_a_list_of_rows_that_is_there_twice_is_refused_and_named(name: str) -> None:
    read = read_batch if name == "transactions" else read_instances
    with pytest.raises(MalformedRequest, match=f"'{name}' twice"):
        read(b'{"%b":[%b],"%b":[%b]}' % (name.encode(), ROW, name.encode(), OWN), 10)


ONCE = {
    "plain": ROW,
    "with an id": OWN,
    "with an id of null": NULL,
    "with a quote in the category": ROW.replace(b"travel", b'a \\" b'),
    "with an escaped name": ROW.replace(b"amt", b"\\u0061mt"),
    "with an escaped quote as its category": ROW.replace(b"travel", b"\\u0022"),
    "with brackets and names in its category": ROW.replace(b"travel", b"{amt: null}"),
    "with the byte order mark in a string": ROW.replace(b"travel", b"\xef\xbb\xbf"),
}


@pytest.mark.parametrize("row", ONCE.values(), ids=ONCE)
def test_names_that_are_there_once_are_read(row: bytes) -> None:
    transaction = parse_transaction(row)
    assert [transaction] == transposed(read_batch(batch_of(row), 10)).transactions()[1:]
    assert [transaction] == transposed(read_instances(instances_of(row), 10)).transactions()[1:]


@pytest.mark.parametrize("category", [b"travel", b'\\"', b"\\u0022", b"{amt: null}", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ids", [b"", b',"transaction_id":["p"]', b',"transaction_id":[null]'])
def test_columns_that_are_there_once_are_read(category: bytes, ids: bytes) -> None:
    body = COLUMNS.replace(b"travel", category).replace(b"}}", ids + b"}}")
    assert isinstance(read_columns(body, 10), Columns)


@pytest.mark.parametrize("body", [ROW, OWN, NULL])
def test_a_byte_order_mark_is_no_part_of_the_json(body: bytes) -> None:
    mark = b"\xef\xbb\xbf"
    assert parse_transaction(body) == parse_transaction(mark + body)
    assert 2 == len(read_batch(mark + batch_of(body), 10))
    assert 1 == len(read_columns(mark + COLUMNS, 10))
