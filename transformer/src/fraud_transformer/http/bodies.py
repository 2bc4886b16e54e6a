"""JSON bodies of many transactions, in rows or in columns.

Each is read by msgspec, which takes what is valid in a third of the time of other readers, and stops
at the first value that is not. What it refuses is read again by `strict_json`: its rows are counted before
they are looked at, and it is taken or refused with its first problems named.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from fraud_contract.errors import MalformedRequest
from fraud_contract.transaction import Transaction
from fraud_transformer.transactions.columns import (
    REFUSED,
    Columns,
    Row,
    quotes_in_columns,
    validate_columns,
)
from fraud_transformer.transactions.parsing import (
    EXAMPLE,
    QUOTES,
    quotes_in_rows,
    require_list,
    require_object,
    require_rows,
    validate_rows,
)
from fraud_transformer.transactions.strict_json import BYTE_ORDER_MARK, load, quotes_in, require_names_once
from fraud_transformer.transactions.structure import max_values

_IN_COLUMNS: Final = re.compile(rb'(?:%b)?\s*\{\s*"columns"' % BYTE_ORDER_MARK)
_BATCH_ADVICE: Final = f'Send {{"transactions": [{EXAMPLE}]}}.'
_INSTANCES_ADVICE: Final = f'Send {{"instances": [{EXAMPLE}]}}.'
_COLUMNS_ADVICE: Final = (
    'Send {"columns": {"amt": [245.5], "hour": [14], "day_of_week": [3], "category": ["grocery_pos"]}}, '
    "all lists of one length."
)
_QUOTES: Final = 2
"""Of the one name around the transactions."""
_ASKING: Final = ("columns", "explain", "inputs", "parameters", "transactions")
"""Names beside `instances` that ask for something unless they are null or empty. Others go unread: KServe."""


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    transactions: list[Row]


class _Instances(msgspec.Struct, forbid_unknown_fields=True):
    instances: list[Row]


class _InColumns(msgspec.Struct, forbid_unknown_fields=True):
    columns: Columns


type Rows = list[Row] | list[Transaction]
"""Valid transactions, of one kind or the other."""

_decode_batch: Final = msgspec.json.Decoder(_Batch).decode
_decode_instances: Final = msgspec.json.Decoder(_Instances).decode
_decode_columns: Final = msgspec.json.Decoder(_InColumns).decode


def is_columnar(body: bytes) -> bool:
    """Whether the body says `{"columns": ...`."""
    return _IN_COLUMNS.match(body) is not None


def read_batch(body: bytes, max_rows: int) -> Rows:
    """The transactions in `{"transactions": [...]}`.

    Raises:
        MalformedRequest: it is no JSON of this shape, or an object names a member twice.
        InvalidTransaction, RequestTooLarge: see `validate_rows`.
    """
    try:
        rows = _decode_batch(body).transactions
    except REFUSED:
        content = require_object(load(body, _BATCH_ADVICE, max_rows), _BATCH_ADVICE)
        _require_alone(content, "transactions", _BATCH_ADVICE)
        listed = require_list(content, "transactions", _BATCH_ADVICE)
        return validate_rows(listed, max_rows, _BATCH_ADVICE)
    return _once(body, rows, max_rows, _BATCH_ADVICE)


def read_instances(body: bytes, max_rows: int) -> Rows:
    """The transactions in `{"instances": [...]}`; errors as `read_batch`.

    Names beside it go unread, as in KServe, but those that ask for something.
    """
    try:
        rows = _decode_instances(body).instances
    except REFUSED:
        content = require_object(load(body, _INSTANCES_ADVICE, max_rows), _INSTANCES_ADVICE)
        _require_nothing_asked(content, "instances", _INSTANCES_ADVICE)
        listed = require_list(content, "instances", _INSTANCES_ADVICE)
        return validate_rows(listed, max_rows, _INSTANCES_ADVICE)
    return _once(body, rows, max_rows, _INSTANCES_ADVICE)


def read_columns(body: bytes, max_rows: int) -> Columns:
    """The transactions in `{"columns": {"amt": [...], ...}}`.

    Raises:
        MalformedRequest: it is no JSON of this shape, or an object names a member twice.
        InvalidTransaction, RequestTooLarge: see `validate_columns`.
    """
    if body.count(b",") > max_values(max_rows):  # unless in strings, lists too long to be read at all
        return _any_columns(body, max_rows)
    try:
        columns = _decode_columns(body).columns
    except REFUSED:
        return _any_columns(body, max_rows)
    lengths = {len(columns.amt), len(columns.hour), len(columns.day_of_week), len(columns.category)}
    if lengths != {len(columns.ids)}:
        return _any_columns(body, max_rows)
    require_rows(columns, max_rows)
    require_names_once(body, _QUOTES + quotes_in_columns(columns), _COLUMNS_ADVICE, max_rows)
    return columns


def _once(body: bytes, rows: list[Row], max_rows: int, advice: str) -> list[Row]:
    require_rows(rows, max_rows)
    if quotes_in(body) != _QUOTES + QUOTES * len(rows):  # else there are no ids, and no name is there twice
        quotes = _QUOTES + quotes_in_rows([row.transaction_id for row in rows])
        require_names_once(body, quotes, advice, max_rows)
    return rows


def _any_columns(body: bytes, max_rows: int) -> Columns:
    content = require_object(load(body, _COLUMNS_ADVICE, max_rows), _COLUMNS_ADVICE)
    _require_alone(content, "columns", _COLUMNS_ADVICE)
    fields = require_object(content.get("columns"), _COLUMNS_ADVICE)
    return validate_columns(fields, max_rows, _COLUMNS_ADVICE)


def _require_alone(content: Mapping[str, Any], name: str, advice: str) -> None:
    """Raise `MalformedRequest` for another name beside the one of the route."""
    for other in content:
        if other != name:
            raise _beside(other, name, advice)


def _require_nothing_asked(content: Mapping[str, Any], name: str, advice: str) -> None:
    """Raise `MalformedRequest` for a name beside the one of the route that asks for something."""
    for other in _ASKING:
        if other != name and content.get(other) not in (None, {}):
            raise _beside(other, name, advice)


def _beside(other: str, name: str, advice: str) -> MalformedRequest:
    return MalformedRequest(f"The body says {other[:64]!r}, which is not taken beside {name}. {advice}")
