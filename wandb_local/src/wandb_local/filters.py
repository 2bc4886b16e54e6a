"""The filters and orders the SDK sends for lists: MongoDB's query language, as far as W&B documents it."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wandb_local.errors import InvalidRequestError

type Lookup = Callable[[str], object]
"""The value a record has under a key; None if it has none.

Raises:
    InvalidRequestError: Records of this kind never have such a key.
"""


def parsed(text: str | None) -> dict[str, object]:
    """The filter written in `text`; none is the filter that everything passes.

    Raises:
        InvalidRequestError: It is not a JSON object.
    """
    try:
        value = json.loads(text) if text else {}
    except ValueError as error:
        message = f"filters are not JSON: {error}"
        raise InvalidRequestError(message) from error
    if not isinstance(value, dict):
        raise InvalidRequestError("filters must be a JSON object")
    return value


def matches(condition: Mapping[str, object], lookup: Lookup) -> bool:
    """Whether a record passes the filter.

    Raises:
        InvalidRequestError: The filter has an operator or a key that is not known.
    """
    return all(_clause(key, wanted, lookup) for key, wanted in condition.items())


def _clause(key: str, wanted: object, lookup: Lookup) -> bool:
    if not key.startswith("$"):
        return _passes(lookup(key), wanted)
    if key == "$not" and isinstance(wanted, Mapping):
        return not matches(wanted, lookup)
    if not isinstance(wanted, list) or not all(isinstance(part, Mapping) for part in wanted):
        message = f"filter {key!r} must have a list of filters"
        raise InvalidRequestError(message)
    results = [matches(part, lookup) for part in wanted]
    match key:
        case "$and":
            return all(results)
        case "$or":
            return any(results)
        case "$nor":
            return not any(results)
    message = f"filter operator {key!r} is not known to this server"
    raise InvalidRequestError(message)


def _passes(value: object, wanted: object) -> bool:
    if isinstance(wanted, Mapping):
        return all(_compare(operator, value, operand) for operator, operand in wanted.items())
    return _equals(value, wanted)


def _equals(value: object, wanted: object) -> bool:
    """MongoDB's equality: a list also equals each of its items."""
    return value == wanted or (isinstance(value, list) and wanted in value)


def _compare(operator: str, value: object, operand: object) -> bool:
    if operator not in _OPERATORS:
        known = ", ".join(sorted(_OPERATORS))
        message = f"filter operator {operator!r} is not known to this server; it knows {known}"
        raise InvalidRequestError(message)
    try:
        return _OPERATORS[operator](value, operand)
    except TypeError:  # values of different kinds have no order: no match, as in MongoDB
        return False
    except re.error as error:
        message = f"filter $regex {operand!r} is not a regular expression: {error}"
        raise InvalidRequestError(message) from error


def _among(value: object, operand: object) -> bool:
    if not isinstance(operand, list):
        raise InvalidRequestError("filter $in and $nin need a list")
    return any(_equals(value, item) for item in operand)


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "$eq": _equals,
    "$ne": lambda value, operand: not _equals(value, operand),
    "$in": _among,
    "$nin": lambda value, operand: not _among(value, operand),
    "$gt": lambda value, operand: value > operand,
    "$gte": lambda value, operand: value >= operand,
    "$lt": lambda value, operand: value < operand,
    "$lte": lambda value, operand: value <= operand,
    "$exists": lambda value, operand: (value is not None) is bool(operand),
    "$regex": lambda value, operand: isinstance(value, str) and re.search(operand, value) is not None,
    "$not": lambda value, operand: not _passes(value, operand),
}


def ordered[T](records: Sequence[T], order: str | None, lookup: Callable[[T, str], object]) -> list[T]:
    """The records in the order `[+|-]key[,…]`; those without a value come last, ties keep their order."""
    result = list(records)
    for part in reversed([part.strip() for part in (order or "").split(",") if part.strip()]):
        key, descending = part.lstrip("+-"), part.startswith("-")
        values = {id(record): lookup(record, key) for record in result}
        result.sort(key=lambda record: _rank(values[id(record)]), reverse=descending)
        result.sort(key=lambda record: values[id(record)] is None)
    return result


def _rank(value: object) -> tuple[int, float, str]:
    """Numbers before texts, each in its own order."""
    if isinstance(value, int | float):
        return (0, value, "")
    return (1, 0, "" if value is None else str(value))
