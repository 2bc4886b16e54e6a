"""From bytes to transactions, strictly, with errors that name the row, the field and what is allowed."""

from collections.abc import Callable, Mapping, Sequence, Sized
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from fraud_contract.errors import InvalidTransaction, MalformedRequest, RequestError, RequestTooLarge
from fraud_contract.transaction import MAX_AMOUNT, MAX_CATEGORY_LENGTH, MAX_ID_LENGTH, Transaction

ALLOWED: Final[Mapping[str, str]] = {
    "amt": f"a number above 0 and at most {MAX_AMOUNT:.0f}",
    "hour": "an integer from 0 to 23",
    "day_of_week": "an integer from 0 (Monday) to 6 (Sunday)",
    "category": f"a string of 1 to {MAX_CATEGORY_LENGTH} characters",
    "transaction_id": f"a string of 1 to {MAX_ID_LENGTH} characters, or left out",
}
MISSING: Final = "is missing"
UNEXPECTED: Final = "is not a field of a transaction"
MAX_DETAILS: Final = 20
"""Problems told in one answer: enough to mend a request, too few to fill a log."""
_MAX_ECHO: Final = 64
"""Characters of a refused value that are told; never a whole body."""
_EXAMPLE: Final = '{"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "grocery_pos"}'


class _Envelope(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Batch(_Envelope):
    """Body of `POST /predict/batch`."""

    transactions: list[Transaction]


class Instances(_Envelope):
    """Body of KServe's v1 `:predict`."""

    instances: list[Transaction]


_BATCH: Final = TypeAdapter(Batch)
_INSTANCES: Final = TypeAdapter(Instances)
_validate_one: Final[Callable[[bytes], Transaction]] = TypeAdapter(Transaction).validator.validate_json
"""Of the validator itself: what the adapter does around it costs as much as the validation."""


def parse_transaction(body: bytes) -> Transaction:
    """The transaction in a JSON body.

    Raises:
        MalformedRequest: it is no JSON object.
        InvalidTransaction: fields are missing, unknown, or out of range.
    """
    try:
        return _validate_one(body)
    except ValidationError as error:
        raise _refusal(error, f"Send one transaction such as {_EXAMPLE}.") from None


def parse_batch(body: bytes, max_rows: int) -> list[Transaction]:
    """The transactions in `{"transactions": [...]}`; errors as `parse_transaction`, or `RequestTooLarge`."""
    try:
        rows = _BATCH.validate_json(body).transactions
    except ValidationError as error:
        raise _refusal(error, f'Send {{"transactions": [{_EXAMPLE}]}}.') from None
    return require_rows(rows, max_rows)


def parse_instances(body: bytes, max_rows: int) -> list[Transaction]:
    """The transactions in `{"instances": [...]}`; errors as `parse_transaction`, or `RequestTooLarge`."""
    try:
        rows = _INSTANCES.validate_json(body).instances
    except ValidationError as error:
        raise _refusal(error, f'Send {{"instances": [{_EXAMPLE}]}}.') from None
    return require_rows(rows, max_rows)


_ROWS: Final = TypeAdapter(list[Transaction])


def validate_rows(rows: Sequence[Mapping[str, Any]], advice: str) -> list[Transaction]:
    """Transactions out of rows that came otherwise than in JSON rows; errors as `parse_transaction`."""
    try:
        return _ROWS.validate_python(rows)
    except ValidationError as error:
        raise _refusal(error, advice) from None


def require_rows[Rows: Sized](rows: Rows, max_rows: int) -> Rows:
    """`rows`, if they are at least one and not too many."""
    if len(rows) == 0:
        raise InvalidTransaction("No transactions in the request. Send at least one.")
    if len(rows) > max_rows:
        raise RequestTooLarge(f"{len(rows)} transactions in one request; at most {max_rows} are taken.")
    return rows


def _refusal(error: ValidationError, advice: str) -> RequestError:
    problems = error.errors(include_url=False, include_context=False)
    first = problems[0]
    if first["type"] == "json_invalid":
        return MalformedRequest(f"The body is not valid JSON. {advice}")
    if any(_is_shape(each) for each in problems):
        return MalformedRequest(f"The body is JSON of another shape than this route takes. {advice}")
    details = [_detail(each) for each in problems[:MAX_DETAILS]]
    told = "; ".join(f"{each['field']}: {each['message']}" for each in details[:3])
    return InvalidTransaction(f"Invalid transaction: {told}. {advice}", details)


def _is_shape(problem: Mapping[str, Any]) -> bool:
    """Whether the problem lies outside any field of a transaction."""
    place = problem["loc"]
    return not place or (len(place) == 1 and place[0] in {"transactions", "instances"})


def _detail(problem: Mapping[str, Any]) -> dict[str, Any]:
    place = problem["loc"]
    field = str(place[-1])[:_MAX_ECHO]
    row = next((each for each in place if isinstance(each, int)), None)
    detail: dict[str, Any] = {} if row is None else {"row": row}
    detail["field"] = field
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
    text = repr(value)
    return text if len(text) <= _MAX_ECHO else text[: _MAX_ECHO - 1] + "…"
