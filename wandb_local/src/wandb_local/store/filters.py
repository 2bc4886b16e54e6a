"""The filters and orders the SDK sends for lists: MongoDB's query language, as far as W&B documents it."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import re2

from wandb_local.budget import Budget
from wandb_local.errors import InvalidRequestError, TooCostlyError
from wandb_local.limits import (
    FILTER_CLAUSES,
    FILTER_DEPTH,
    ORDER_KEYS,
    PATTERN_CHARACTERS,
    PATTERN_MEMORY,
    SEARCHED_CHARACTERS,
)
from wandb_local.values.json_text import value_of

type Lookup = Callable[[str], object]
"""The value a record has under a key; None if it has none.

Raises:
    InvalidRequestError: Records of this kind never have such a key.
"""


def parsed(text: str | None) -> dict[str, object]:
    """The filter written in `text`; none is the filter that everything passes.

    Raises:
        InvalidRequestError: It is not a JSON object.
        TooCostlyError: It has more conditions than one filter may.
    """
    try:
        value = value_of(text) if text else {}
    except ValueError as error:
        message = f"filters are not JSON: {error}"
        raise InvalidRequestError(message) from error
    value = {} if value is None else value
    if not isinstance(value, dict):
        raise InvalidRequestError("filters must be a JSON object")
    if clauses(value) > FILTER_CLAUSES:
        message = f"the filter has more than {FILTER_CLAUSES} conditions, the limit for one"
        raise TooCostlyError(message)
    return value


def clauses(condition: object, depth: int = FILTER_DEPTH) -> int:
    """How many conditions and list items a filter has.

    Raises:
        TooCostlyError: They are nested too deeply.
    """
    if not isinstance(condition, Mapping | list):
        return 1
    if depth == 0:
        raise TooCostlyError(f"the filter is nested more than {FILTER_DEPTH} levels deep")
    parts = condition.values() if isinstance(condition, Mapping) else condition
    return 1 + sum(clauses(part, depth - 1) for part in parts)


def matches(condition: Mapping[str, object], lookup: Lookup, budget: Budget) -> bool:
    """Whether a record passes the filter; each comparison is drawn on the budget.

    Raises:
        InvalidRequestError: The filter has an operator or a key that is not known.
        TooCostlyError: The budget is used up, or a `$regex` has to search too long a text.
    """
    return all(_clause(key, wanted, lookup, budget) for key, wanted in condition.items())


def _clause(key: str, wanted: object, lookup: Lookup, budget: Budget) -> bool:
    if not key.startswith("$"):
        return _passes(lookup(key), wanted, budget)
    if key == "$not" and isinstance(wanted, Mapping):
        return not matches(wanted, lookup, budget)
    if not isinstance(wanted, list) or not all(isinstance(part, Mapping) for part in wanted):
        message = f"filter {key!r} must have a list of filters"
        raise InvalidRequestError(message)
    results = [matches(part, lookup, budget) for part in wanted]
    match key:
        case "$and":
            return all(results)
        case "$or":
            return any(results)
        case "$nor":
            return not any(results)
    message = f"filter operator {key!r} is not known to this server"
    raise InvalidRequestError(message)


def _passes(value: object, wanted: object, budget: Budget) -> bool:
    if isinstance(wanted, Mapping):
        return all(_compare(operator, value, operand, budget) for operator, operand in wanted.items())
    return _compare("$eq", value, wanted, budget)


def _equals(value: object, wanted: object) -> bool:
    """MongoDB's equality: a list also equals each of its items."""
    return value == wanted or (isinstance(value, list) and wanted in value)


def _compare(operator: str, value: object, operand: object, budget: Budget) -> bool:
    budget.spend(_items(value) * _items(operand), len(value) if isinstance(value, str) else 0)
    if operator == "$not":
        return not _passes(value, operand, budget)
    if operator not in _OPERATORS:
        known = ", ".join(sorted([*_OPERATORS, "$not"]))
        message = f"filter operator {operator!r} is not known to this server; it knows {known}"
        raise InvalidRequestError(message)
    try:
        return _OPERATORS[operator](value, operand)
    except TypeError:  # values of different kinds have no order: no match, as in MongoDB
        return False


def _items(value: object) -> int:
    return len(value) if isinstance(value, list) else 1


@lru_cache(maxsize=64)
def _pattern(text: str) -> Any:  # noqa: ANN401 - RE2 ships no types
    """The compiled pattern. RE2's matching takes time linear in the text, whatever the pattern."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = PATTERN_MEMORY
    try:
        return re2.compile(text, options)
    except re2.error as error:
        message = f"filter $regex {text[:100]!r} is not a regular expression of RE2: {error}"
        raise InvalidRequestError(message) from error


def _found(value: object, operand: object) -> bool:
    if not isinstance(operand, str):
        raise InvalidRequestError("filter $regex needs a text")
    if len(operand) > PATTERN_CHARACTERS:
        message = f"filter $regex has {len(operand)} characters: the limit is {PATTERN_CHARACTERS}"
        raise TooCostlyError(message)
    pattern = _pattern(operand)
    if not isinstance(value, str):
        return False
    if len(value) > SEARCHED_CHARACTERS:
        message = (
            f"filter $regex searches texts of at most {SEARCHED_CHARACTERS} characters, not {len(value)}"
        )
        raise TooCostlyError(message)
    return pattern.search(value) is not None


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
    "$regex": _found,
}


def ordered[T](
    records: Sequence[T], order: str | None, lookup: Callable[[T, str], object], budget: Budget
) -> list[T]:
    """The records in the order `[+|-]key[,…]`; those without a value come last, ties keep their order.

    Raises:
        TooCostlyError: There are more keys than one order may have, or the budget is used up.
    """
    result = list(records)
    parts = [part.strip() for part in (order or "").split(",") if part.strip()]
    if len(parts) > ORDER_KEYS:
        message = f"the order has {len(parts)} keys: the limit is {ORDER_KEYS}"
        raise TooCostlyError(message)
    for part in reversed(parts):
        key, descending = part.lstrip("+-"), part.startswith("-")
        ranks = dict[int, tuple[int, float, str]]()
        for record in result:
            budget.spend(1)
            ranks[id(record)] = _rank(lookup(record, key))
        result.sort(key=lambda record: ranks[id(record)], reverse=descending)
        result.sort(key=lambda record: ranks[id(record)] == _NO_VALUE)
    return result


_NO_VALUE = (2, 0.0, "")


def _rank(value: object) -> tuple[int, float, str]:
    """Numbers before texts, each in its own order."""
    if value is None:
        return _NO_VALUE
    if isinstance(value, int | float):
        return (0, value, "")
    return (1, 0, str(value))
