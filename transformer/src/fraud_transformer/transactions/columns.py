"""Many transactions by field: what arrives in columns stays so, and rows are turned into columns.

`Facts` are the same as arrays, for all that is done to many at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import msgspec
import numpy as np
import numpy.typing as npt

from fraud_contract.errors import InvalidTransaction, MalformedRequest
from fraud_contract.features import CompiledFeatures
from fraud_transformer.transactions.parsing import (
    ALLOWED,
    MISSING,
    REFUSED,
    UNEXPECTED,
    Amount,
    Category,
    DayOfWeek,
    Hour,
    Payment,
    Problems,
    TransactionId,
    require_rows,
    validate_rows,
)

type IntArray = npt.NDArray[np.intp]

REQUIRED: Final = ("amt", "hour", "day_of_week", "category")


class Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Valid transactions by field; every list has one value a transaction."""

    amt: list[Amount]
    hour: list[Hour]
    day_of_week: list[DayOfWeek]
    category: list[Category]
    transaction_id: list[TransactionId | None] | msgspec.UnsetType = msgspec.UNSET

    def __len__(self) -> int:
        return len(self.amt)

    @property
    def ids(self) -> list[str | None]:
        """One id or None a transaction."""
        return [None] * len(self) if self.transaction_id is msgspec.UNSET else self.transaction_id

    def transactions(self) -> list[Payment]:
        """The same as rows."""
        fields = (self.amt, self.hour, self.day_of_week, self.category, self.ids)
        return list(map(Payment, *fields))


@dataclass(frozen=True, slots=True)
class Facts:
    """The four facts of n transactions, each an array of shape (n,)."""

    amounts: npt.NDArray[np.float64]
    hours: IntArray
    days: IntArray
    categories: Sequence[str]
    codes: IntArray
    """Of the categories, as `CompiledFeatures.codes` gives them."""

    @classmethod
    def of(cls, columns: Columns, features: CompiledFeatures) -> Self:
        """Those of valid transactions, their categories coded as `features` does."""
        return cls(
            np.fromiter(columns.amt, np.float64, len(columns)),
            _small(columns.hour),
            _small(columns.day_of_week),
            columns.category,
            features.codes(columns.category),
        )

    def __len__(self) -> int:
        return len(self.amounts)


def transposed(rows: Sequence[Payment]) -> Columns:
    """Rows as columns."""
    ids = [row.transaction_id for row in rows]
    return Columns(
        [row.amt for row in rows],
        [row.hour for row in rows],
        [row.day_of_week for row in rows],
        [row.category for row in rows],
        ids if any(ids) else msgspec.UNSET,
    )


def validate_columns(fields: Mapping[str, Any], max_rows: int, advice: str) -> Columns:
    """The transactions that lists of any values hold, field by field; they are counted before they are read.

    Raises:
        MalformedRequest: a field is no list.
        InvalidTransaction: a field is missing or unknown, the lists differ in length, or a value is out of
            its range; `details` name row and field as for transactions that come in rows.
        RequestTooLarge: more than `max_rows`.
    """
    lists = _lists(fields, advice)
    lengths = {name: len(values) for name, values in lists.items()}
    if len(set(lengths.values())) != 1:
        raise InvalidTransaction(f"The fields differ in length: {lengths}. {advice}")
    require_rows(lists["amt"], max_rows)
    try:
        return msgspec.convert(lists, Columns)
    except REFUSED:
        names = tuple(lists)
        rows = [dict(zip(names, values, strict=True)) for values in zip(*lists.values(), strict=True)]
        return transposed(validate_rows(rows, max_rows, advice))


def quotes_in_columns(columns: Columns) -> int:
    """Quotation marks that these columns need as a JSON object."""
    names = len(REQUIRED) if columns.transaction_id is msgspec.UNSET else len(ALLOWED)
    return 2 * (names + len(columns) + len(columns) - columns.ids.count(None))


def _lists(fields: Mapping[str, Any], advice: str) -> dict[str, list[Any]]:
    """The lists by their names, without an optional one that is null."""
    found = Problems(advice)
    for name in REQUIRED:
        if name not in fields:
            found.add({"field": name, "message": MISSING, "allowed": ALLOWED[name]})
    for name in fields:
        if name not in ALLOWED:
            found.add({"field": name[:64], "message": UNEXPECTED})
        if found.full:
            break
    found.require_none()
    lists = {name: fields[name] for name in fields if name in REQUIRED or fields[name] is not None}
    for name, values in lists.items():
        if not isinstance(values, list):
            raise MalformedRequest(f"The field {name} is no list. {advice}")
    return lists


def _small(values: Sequence[int]) -> IntArray:
    """Integers from 0 to 255; by way of bytes, which is three times as fast."""
    return np.frombuffer(bytes(values), np.uint8).astype(np.intp)
