"""JSON bodies of many transactions, in rows or in columns."""

import re
from typing import Any, Final

import msgspec
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from fraud_contract.errors import MalformedRequest
from fraud_contract.transaction import Transaction
from fraud_transformer.transactions.columns import REFUSED, Columns, Row, validate_columns
from fraud_transformer.transactions.parsing import parse_batch, parse_instances, require_rows

_IN_COLUMNS: Final = re.compile(rb'\s*\{\s*"columns"')
_ADVICE: Final = (
    'Send {"columns": {"amt": [245.5], "hour": [14], "day_of_week": [3], "category": ["grocery_pos"]}}, '
    "all lists of one length."
)


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    transactions: list[Row]


class _Instances(msgspec.Struct, forbid_unknown_fields=True):
    instances: list[Row]


class _InColumns(msgspec.Struct, forbid_unknown_fields=True):
    columns: Columns


class _AnyColumns(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    columns: dict[str, list[Any]]


type Rows = list[Row] | list[Transaction]
"""Valid transactions, of one kind or the other."""

_decode_batch: Final = msgspec.json.Decoder(_Batch).decode
_decode_instances: Final = msgspec.json.Decoder(_Instances).decode
_decode_columns: Final = msgspec.json.Decoder(_InColumns).decode
_validate_columns: Final = TypeAdapter(_AnyColumns).validate_json


def is_columnar(body: bytes) -> bool:
    """Whether the body says `{"columns": ...`."""
    return _IN_COLUMNS.match(body) is not None


def read_batch(body: bytes, max_rows: int) -> Rows:
    """The transactions in `{"transactions": [...]}`; errors as `parse_batch`."""
    try:
        rows = _decode_batch(body).transactions
    except REFUSED:
        return parse_batch(body, max_rows)
    return require_rows(rows, max_rows)


def read_instances(body: bytes, max_rows: int) -> Rows:
    """The transactions in `{"instances": [...]}`; errors as `parse_batch`."""
    try:
        rows = _decode_instances(body).instances
    except REFUSED:
        return parse_instances(body, max_rows)
    return require_rows(rows, max_rows)


def read_columns(body: bytes, max_rows: int) -> Columns:
    """The transactions in `{"columns": {"amt": [...], ...}}`.

    Raises:
        MalformedRequest: it is no JSON of this shape.
        InvalidTransaction, RequestTooLarge: see `validate_columns`.
    """
    try:
        columns = _decode_columns(body).columns
    except REFUSED:
        return _told(body, max_rows)
    lengths = {len(columns.amt), len(columns.hour), len(columns.day_of_week), len(columns.category)}
    if lengths != {len(columns.ids)}:
        return _told(body, max_rows)
    return require_rows(columns, max_rows)


def _told(body: bytes, max_rows: int) -> Columns:
    try:
        fields = _validate_columns(body).columns
    except ValidationError:
        raise MalformedRequest(f"The body is no JSON object of columns. {_ADVICE}") from None
    return validate_columns(fields, max_rows, _ADVICE)
