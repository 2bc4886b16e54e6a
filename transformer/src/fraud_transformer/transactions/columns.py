"""Many transactions by field: what arrives in columns stays so, and rows are turned into columns.

The bounds are those of `fraud_contract.transaction`, in msgspec's words: it checks them in C while it
decodes, several times as fast as pydantic. It takes no 14.0 for 14 and reports only one problem, without
its row; what it refuses is therefore read again by `parsing`, which takes it or reports all.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec

from fraud_contract.errors import InvalidTransaction, MalformedRequest
from fraud_contract.transaction import (
    DAYS,
    HOURS,
    MAX_AMOUNT,
    MAX_CATEGORY_LENGTH,
    MAX_ID_LENGTH,
    Transaction,
)
from fraud_transformer.transactions.parsing import (
    ALLOWED,
    MISSING,
    UNEXPECTED,
    Problems,
    require_rows,
    validate_rows,
)

Amount = Annotated[float, msgspec.Meta(gt=0, le=MAX_AMOUNT)]
Hour = Annotated[int, msgspec.Meta(ge=0, lt=HOURS)]
DayOfWeek = Annotated[int, msgspec.Meta(ge=0, lt=DAYS)]
Category = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_CATEGORY_LENGTH)]
TransactionId = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_LENGTH)]

REQUIRED: Final = ("amt", "hour", "day_of_week", "category")
REFUSED: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes or values that it does not take."""


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A `Transaction` that msgspec took."""

    amt: Amount
    hour: Hour
    day_of_week: DayOfWeek
    category: Category
    transaction_id: TransactionId | None = None


type Payment = Row | Transaction
"""A valid transaction, whoever read it."""


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

    def transactions(self) -> list[Transaction]:
        """The same as rows."""
        fields = zip(self.amt, self.hour, self.day_of_week, self.category, self.ids, strict=True)
        return [
            Transaction(amt=amt, hour=hour, day_of_week=day, category=category, transaction_id=own)
            for amt, hour, day, category, own in fields
        ]


def transposed(rows: Sequence[Row | Transaction]) -> Columns:
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
