"""Members of a model file, each of the kind that is asked for, or it is said which is not."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from fraud_contract.trees.ubjson import Array, Value

_DIGITS: Final = re.compile(r"\d{1,10}")
_DECIMAL: Final = re.compile(r"\[?([-+.0-9eE]{1,32})\]?")
"""As XGBoost writes base_score, in brackets since its release 3.1."""
_LARGEST: Final = float(np.finfo(np.float32).max)

type Object = Mapping[str, Value]


class UnsoundTrees(ValueError):
    """What is wrong with a model file."""


def object_of(
    value: Value, name: str, members: Iterable[str] | None = None, optional: Iterable[str] = ()
) -> Object:
    """`value`, an object of exactly `members`, where they are given, and maybe some of `optional`."""
    if not isinstance(value, dict):
        raise UnsoundTrees(f"{name} is no object")
    if members is not None:
        missing, unknown = set(members) - value.keys(), value.keys() - {*members, *optional}
        if missing or unknown:
            named = ", ".join(sorted(each[:64] for each in missing or unknown)[:5])
            raise UnsoundTrees(f"{name} {'lacks' if missing else 'holds the unknown'} {named}")
    return value


def whole_number(value: Value, name: str, low: int, high: int) -> int:
    """A whole number that is written as a string, as XGBoost writes its parameters."""
    if not isinstance(value, str) or not _DIGITS.fullmatch(value) or not low <= int(value) <= high:
        raise UnsoundTrees(f"{name} is no number from {low} to {high}")
    return int(value)


def string_of(value: Value, name: str) -> str:
    """`value`, a string."""
    if not isinstance(value, str):
        raise UnsoundTrees(f"{name[:64]} is no string")
    return value


def list_of(value: Value, name: str) -> Sequence[Value]:
    """`value`, a list of any values: no typed array."""
    if not isinstance(value, list):
        raise UnsoundTrees(f"{name} is no list")
    return value


def finite_number(value: Value, name: str) -> float:
    """A number within float32 that is written as a string."""
    found = _DECIMAL.fullmatch(value) if isinstance(value, str) else None
    try:
        number = float(found[1]) if found else math.nan
    except ValueError:
        number = math.nan
    if not abs(number) <= _LARGEST:
        raise UnsoundTrees(f"{name} is no finite number")
    return number


def whole_numbers(value: Value, name: str) -> list[int]:
    """`value`, a list of whole numbers: no typed array."""
    numbers = [each for each in list_of(value, name) if type(each) is int]
    if len(numbers) != len(list_of(value, name)):
        raise UnsoundTrees(f"{name} holds what is no whole number")
    return numbers


def array_of(value: Value, name: str, types: Sequence[np.dtype[Any]]) -> Array:
    """`value`, a typed array of one of `types` (big-endian); returned in the machine's own order."""
    if not isinstance(value, np.ndarray) or value.dtype not in types:
        raise UnsoundTrees(f"{name} is no array of {' or '.join(each.name for each in types)}")
    return value.astype(value.dtype.newbyteorder("="))
