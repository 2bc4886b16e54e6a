"""What it takes to read a JSON body, counted before it is read: values, objects, lists and names.

A reader holds the interpreter until it has read all, and every payment waits for that. Its time goes into
what it makes, not into bytes: a MiB of payments takes 20 ms, one of ever new names 110. NumPy counts what
stands outside strings in 1 to 7 ms; the bounds are those of the largest body of payments that is taken.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fraud_contract.errors import RequestTooLarge
from fraud_transformer.limits import CONTAINERS, FREE_NAMES, MAX_NAMES, MIN_ROWS, OBJECTS, SMALL_BODY, VALUES

type Marks = NDArray[np.uint8]
"""The characters of a body that are its structure: brackets, commas and colons outside strings."""

_QUOTE: Final = ord('"')
_OTHERS: Final = bytes(set(range(256)) - set(b'"[]{},:'))
_DEEPEST: Final = 255
"""Levels that are told apart; jiter reads 200."""


def max_values(max_rows: int) -> int:
    """Values that a body of so many rows may hold."""
    return VALUES * max(max_rows, MIN_ROWS)


def require_affordable(body: bytes, max_rows: int) -> None:
    """Raise `RequestTooLarge` for a large body that holds more than `max_rows` transactions need."""
    if len(body) <= SMALL_BODY:
        return
    marks, rows = _marks(body), max(max_rows, MIN_ROWS)
    objects, lists, commas, names = (np.count_nonzero(marks == ord(each)) for each in "{[,:")
    for count, most, kind in (
        (objects + lists, CONTAINERS * rows, "objects and arrays"),
        (objects, OBJECTS * rows, "objects"),
        (commas, max_values(max_rows), "values"),
    ):
        if count > most:
            raise RequestTooLarge(f"The body holds more than {most} {kind}. Send it in parts.")
    if names > FREE_NAMES and _names_beyond(marks, MAX_NAMES) > FREE_NAMES:
        raise RequestTooLarge(
            f"The body's objects have more than {MAX_NAMES} names each, and {FREE_NAMES} beyond in all."
        )


def _marks(body: bytes) -> Marks:
    """In a few bytes of memory for one of JSON: a string begins at each odd quote."""
    if b"\\" in body:
        body = body.replace(rb"\\", b"").replace(rb"\"", b"")
    marks = np.frombuffer(body.translate(None, _OTHERS), np.uint8)
    is_quote = marks == _QUOTE
    inside = np.bitwise_xor.accumulate(is_quote.view(np.uint8)).view(np.bool_)
    found: Marks = marks[~(inside | is_quote)]
    return found


def _names_beyond(marks: Marks, most: int) -> int:
    """Names that objects have beyond `most` each.

    A name belongs to the object that was opened last on its level. So sorted by level, in the order in which
    they came, the names of each object stand behind it.
    """
    opening = (marks == ord("{")) | (marks == ord("["))
    closing = (marks == ord("}")) | (marks == ord("]"))
    level = np.cumsum(opening.astype(np.int32) - closing).clip(0, _DEEPEST).astype(np.uint8)
    is_object = marks == ord("{")
    counted = is_object | (marks == ord(":"))
    by_level = is_object[counted][np.argsort(level[counted], kind="stable")]
    names = np.diff(np.append(np.flatnonzero(by_level), len(by_level))) - 1
    return int(np.maximum(names - most, 0).sum())
