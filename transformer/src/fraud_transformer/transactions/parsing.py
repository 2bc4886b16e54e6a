"""From bytes to transactions, strictly, with errors that name the row, the field and what is allowed.

The bounds of a `Payment` are those of `fraud_contract.transaction`, in msgspec's words: it checks them in C
while it decodes, several times as fast as pydantic. It takes no 14.0 for 14 and reports only one problem,
without its row; what it refuses is therefore read again, by `strict_json` and pydantic, and taken or refused
with its first problems named.
"""

from collections.abc import Collection, Mapping, Sequence, Sized
from itertools import islice
from typing import Annotated, Any, Final

import msgspec
from pydantic import FailFast, TypeAdapter, ValidationError

from fraud_contract.errors import InvalidTransaction, MalformedRequest, RequestTooLarge
from fraud_contract.transaction import (
    DAYS,
    HOURS,
    MAX_AMOUNT,
    MAX_CATEGORY_LENGTH,
    MAX_ID_LENGTH,
    Transaction,
)
from fraud_transformer.limits import MAX_ECHO, MAX_PROBLEMS
from fraud_transformer.transactions.strict_json import load

Amount = Annotated[float, msgspec.Meta(gt=0, le=MAX_AMOUNT)]
Hour = Annotated[int, msgspec.Meta(ge=0, lt=HOURS)]
DayOfWeek = Annotated[int, msgspec.Meta(ge=0, lt=DAYS)]
Category = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_CATEGORY_LENGTH)]
TransactionId = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_LENGTH)]


class Payment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A valid transaction."""

    amt: Amount
    hour: Hour
    day_of_week: DayOfWeek
    category: Category
    transaction_id: TransactionId | None = None


REFUSED: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes or values that it does not take."""

ALLOWED: Final[Mapping[str, str]] = {
    "amt": f"a number above 0 and at most {MAX_AMOUNT:.0f}",
    "hour": "an integer from 0 to 23",
    "day_of_week": "an integer from 0 (Monday) to 6 (Sunday)",
    "category": f"a string of 1 to {MAX_CATEGORY_LENGTH} characters",
    "transaction_id": f"a string of 1 to {MAX_ID_LENGTH} characters, or left out",
}
MISSING: Final = "is missing"
UNEXPECTED: Final = "is not a field of a transaction"
_NAMED: Final = 3
"""Problems that the message names, beside the details."""
EXAMPLE: Final = '{"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "grocery_pos"}'


_OTHER_SHAPE: Final = "The body is JSON of another shape than this route takes."
_ADVICE: Final = f"Send one transaction such as {EXAMPLE}."
QUOTES: Final = 10
"""Quotation marks of a transaction without an id: four names and a category."""
_QUOTES_OF_ID: Final = 4

_decode: Final = msgspec.json.Decoder(Payment).decode
_ROWS: Final = TypeAdapter(Annotated[list[Transaction], FailFast()])


def plain_transaction(body: bytes | bytearray) -> Payment | None:
    """The transaction in a JSON body, or None where `parse_transaction` is to take or to refuse it."""
    try:
        payment = _decode(body)
    except REFUSED:
        return None
    quotes = QUOTES if payment.transaction_id is None else QUOTES + _QUOTES_OF_ID
    return payment if body.count(b'"') == quotes else None  # else a name may be there twice


def parse_transaction(body: bytes) -> Payment:
    """The transaction in a JSON body.

    Raises:
        MalformedRequest: it is no JSON object, or names a member twice.
        InvalidTransaction: fields are missing, unknown, or out of range.
    """
    return plain_transaction(body) or _validate_alone(load(body, _ADVICE))


def quotes_in_rows(ids: Collection[str | None]) -> int:
    """Quotation marks that transactions with these ids need as JSON objects."""
    return QUOTES * len(ids) + _QUOTES_OF_ID * (len(ids) - sum(own is None for own in ids))


def validate_rows(rows: Sequence[Any], max_rows: int, advice: str) -> list[Payment]:
    """Transactions out of any values, which are counted before anything is made of them.

    Raises:
        InvalidTransaction: there are none, or one is no object, or its fields are missing, unknown, or out of
            range; reading ends with the problem after `MAX_PROBLEMS`.
        RequestTooLarge: more than `max_rows`.
    """
    require_rows(rows, max_rows)
    found = Problems(advice)
    valid: list[Payment] = []
    narrow = [_narrow(row) for row in rows]
    start = 0
    while start < len(rows) and not found.full:
        try:
            valid += _payments(narrow[start:])
            start = len(rows)
        except ValidationError as error:
            problems = error.errors(include_url=False, include_context=False)
            first_bad = start + int(problems[0]["loc"][0])
            for each in problems:
                found.add(_detail(each, row=first_bad))
            start = first_bad + 1
    found.require_none()
    return valid


def require_rows[Rows: Sized](rows: Rows, max_rows: int) -> Rows:
    """`rows`, if they are at least one and not too many."""
    if len(rows) == 0:
        raise InvalidTransaction("No transactions in the request. Send at least one.")
    if len(rows) > max_rows:
        raise RequestTooLarge(f"{len(rows)} transactions in one request; at most {max_rows} are taken.")
    return rows


class Problems:
    """What is wrong with a request's transactions, as far as it is reported."""

    def __init__(self, advice: str) -> None:
        self._advice = advice
        self._details: list[dict[str, Any]] = []
        self._more = 0

    @property
    def full(self) -> bool:
        """Whether there are more than are reported, so that looking for others is no use."""
        return self._more > 0

    def add(self, detail: dict[str, Any]) -> None:
        """Report one, or count it."""
        if len(self._details) < MAX_PROBLEMS:
            self._details.append(detail)
        else:
            self._more += 1

    def require_none(self) -> None:
        """Raise `InvalidTransaction` where there are any."""
        if self._details:
            raise InvalidTransaction(f"Invalid transaction: {self._named()}. {self._advice}", self._details)

    def _named(self) -> str:
        named = "; ".join(_sentence(each) for each in self._details[:_NAMED])
        others = len(self._details) - _NAMED
        if self.full:
            return f"{named}; and more than {others} others"
        return f"{named}; and {others} more" if others > 0 else named


def _sentence(detail: Mapping[str, Any]) -> str:
    where = f"row {detail['row']}, " if "row" in detail else ""
    return f"{where}{detail['field']}: {detail['message']}"


def require_object(content: object, advice: str) -> dict[str, Any]:
    """`content`, if it is a JSON object; raises `MalformedRequest`."""
    if not isinstance(content, dict):
        raise MalformedRequest(f"{_OTHER_SHAPE} {advice}")
    return content


def require_list(content: Mapping[str, Any], name: str, advice: str) -> list[Any]:
    """The list of that name in a JSON object; raises `MalformedRequest`."""
    values = content.get(name)
    if not isinstance(values, list):
        raise MalformedRequest(f"{_OTHER_SHAPE} {advice}")
    return values


def _payments(rows: list[object]) -> list[Payment]:
    """By pydantic; raises its `ValidationError` for the first row that is none."""
    return [Payment(**vars(each)) for each in _ROWS.validate_python(rows)]


def _validate_alone(content: object) -> Payment:
    found = Problems(_ADVICE)
    try:
        [payment] = _payments([_narrow(require_object(content, _ADVICE))])
    except ValidationError as error:
        for each in error.errors(include_url=False, include_context=False):
            found.add(_detail(each))
        found.require_none()
        raise
    return payment


def _narrow(row: object) -> object:
    """A row without the unknown fields that would not be reported, if it has more than are."""
    if not isinstance(row, dict) or len(row) <= MAX_PROBLEMS:
        return row
    known = {name: value for name, value in row.items() if name in ALLOWED}
    return known | dict(islice(((name, None) for name in row if name not in ALLOWED), MAX_PROBLEMS + 1))


def _detail(problem: Mapping[str, Any], row: int | None = None) -> dict[str, Any]:
    """A problem that pydantic found in a list of transactions, at [index] or [index, field]."""
    detail: dict[str, Any] = {} if row is None else {"row": row}
    field = detail["field"] = str(problem["loc"][1])[:MAX_ECHO] if len(problem["loc"]) > 1 else "transaction"
    match problem["type"]:
        case "missing":
            detail["message"] = MISSING
        case "extra_forbidden":
            detail["message"] = UNEXPECTED
        case _:
            detail["got"] = _echo(problem["input"])
            detail["message"] = f"must be {ALLOWED.get(field, 'an object with the four fields')}"
    if field in ALLOWED:
        detail["allowed"] = ALLOWED[field]
    return detail


def _echo(value: object) -> str:
    """A short look at a refused value; containers only by their type, so that no body is echoed."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    text = repr(value[:MAX_ECHO] if isinstance(value, str) else value)
    return text if len(text) <= MAX_ECHO else text[: MAX_ECHO - 1] + "…"
