"""JSON bodies of many transactions, in rows or in columns.

Each is read by msgspec, which takes what is valid in a third of the time of other readers, and stops
at the first value that is not. What it refuses is read again by `strict_json`: its rows are counted before
they are looked at, and it is taken or refused with its first problems named.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from fraud_contract.errors import MalformedRequest
from fraud_transformer.transactions.columns import Columns, quotes_in_columns, validate_columns
from fraud_transformer.transactions.parsing import (
    EXAMPLE,
    QUOTES,
    REFUSED,
    Payment,
    quotes_in_rows,
    require_list,
    require_object,
    require_rows,
    validate_rows,
)
from fraud_transformer.transactions.strict_json import BYTE_ORDER_MARK, load, quotes_in, require_names_once
from fraud_transformer.transactions.structure import max_values

_IN_COLUMNS: Final = re.compile(rb'(?:%b)?\s*\{\s*"columns"' % BYTE_ORDER_MARK)
_COLUMNS_ADVICE: Final = (
    'Send {"columns": {"amt": [245.5], "hour": [14], "day_of_week": [3], "category": ["grocery_pos"]}}, '
    "all lists of one length."
)
_QUOTES: Final = 2
"""Of the one name around the transactions."""
_ASKING: Final = ("columns", "explain", "inputs", "parameters", "transactions")
"""Names beside `instances` that ask for something unless they are null or empty. Others go unread: KServe."""


type _IsRefused = Callable[[str, object], bool]
"""Whether a name with a value is refused beside the transactions."""


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    transactions: list[Payment]


class _Instances(msgspec.Struct, forbid_unknown_fields=True):
    instances: list[Payment]


class _InColumns(msgspec.Struct, forbid_unknown_fields=True):
    columns: Columns


_decode_batch: Final = msgspec.json.Decoder(_Batch).decode
_decode_instances: Final = msgspec.json.Decoder(_Instances).decode
_decode_columns: Final = msgspec.json.Decoder(_InColumns).decode


def is_columnar(body: bytes) -> bool:
    """Whether the body says `{"columns": ...`."""
    return _IN_COLUMNS.match(body) is not None


def read_batch(body: bytes, max_rows: int) -> list[Payment]:
    """The transactions in `{"transactions": [...]}`.

    Raises:
        MalformedRequest: it is no JSON of this shape, or an object names a member twice.
        InvalidTransaction, RequestTooLarge: see `validate_rows`.
    """
    return _read_rows(body, max_rows, "transactions", _decode_batch, lambda _, __: True)


def read_instances(body: bytes, max_rows: int) -> list[Payment]:
    """The transactions in `{"instances": [...]}`; errors as `read_batch`.

    Names beside it go unread, as in KServe, but those that ask for something.
    """
    return _read_rows(body, max_rows, "instances", _decode_instances, _asks)


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


def _read_rows(
    body: bytes, max_rows: int, name: str, decode: Callable[[bytes], object], is_refused: _IsRefused
) -> list[Payment]:
    advice = f'Send {{"{name}": [{EXAMPLE}]}}.'
    try:
        rows: list[Payment] = getattr(decode(body), name)
    except REFUSED:
        content = _content(body, max_rows, name, advice, is_refused)
        return validate_rows(require_list(content, name, advice), max_rows, advice)
    require_rows(rows, max_rows)
    if quotes_in(body) != _QUOTES + QUOTES * len(rows):  # else there are no ids, and no name is there twice
        quotes = _QUOTES + quotes_in_rows([row.transaction_id for row in rows])
        require_names_once(body, quotes, advice, max_rows)
    return rows


def _any_columns(body: bytes, max_rows: int) -> Columns:
    content = _content(body, max_rows, "columns", _COLUMNS_ADVICE, lambda _, __: True)
    fields = require_object(content.get("columns"), _COLUMNS_ADVICE)
    return validate_columns(fields, max_rows, _COLUMNS_ADVICE)


def _content(body: bytes, max_rows: int, name: str, advice: str, is_refused: _IsRefused) -> Mapping[str, Any]:
    """The object in a body, if it has no name that is refused beside the one of the route."""
    content = require_object(load(body, advice, max_rows), advice)
    for other, value in content.items():
        if other != name and is_refused(other, value):
            raise MalformedRequest(
                f"The body says {other[:64]!r}, which is not taken beside {name}. {advice}"
            )
    return content


def _asks(name: str, value: object) -> bool:
    return name in _ASKING and value not in (None, {})
