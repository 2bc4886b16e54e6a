"""UBJSON as XGBoost writes it, read with every length checked before it is followed.

XGBoost's own reader takes lengths as they stand and copies as many bytes, wherever they end. This one reads
the subset that its writer makes (https://ubjson.org, draft 12): keys and counts as 64-bit integers, typed
arrays with a count. What it accepts, XGBoost reads as the same values.
"""

import struct
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

type Array = npt.NDArray[Any]
type Value = dict[str, "Value"] | list["Value"] | Array | str | int | float | bool | None

MAX_DEPTH: Final = 16
"""Objects and arrays within each other; a model has 6."""
MAX_VALUES: Final = 500_000
"""Values apart from the elements of typed arrays: 10,000 trees have some 30 each."""
MAX_STRING: Final = 4_096
"""Bytes of one key or string."""

_COUNT: Final = struct.Struct(">q")
_SCALARS: Final = {
    ord(marker): struct.Struct(f">{code}")
    for marker, code in {"i": "b", "U": "B", "I": "h", "l": "i", "L": "q", "d": "f", "D": "d"}.items()
}
_CONSTANTS: Final = {ord("Z"): None, ord("T"): True, ord("F"): False}
_TYPES: Final = {
    ord(marker): np.dtype(code)
    for marker, code in {
        "i": "i1", "U": "u1", "I": ">i2", "l": ">i4", "L": ">i8", "d": ">f4", "D": ">f8",
    }.items()
}  # fmt: skip


class InvalidUbjson(ValueError):
    """The bytes are no document of this subset, or exceed a limit; says where."""


def parse(content: bytes) -> Value:
    """The one value that `content` holds; typed arrays are big-endian views of it.

    Raises:
        InvalidUbjson: it ends early or late, nests too deep, holds too much, or has a name twice.
    """
    reader = _Reader(content)
    value = reader.value(0)
    if reader.position != len(content):
        raise reader.error("more than one value")
    return value


@dataclass(slots=True)
class _Reader:
    content: bytes
    position: int = 0
    values: int = 0

    def error(self, problem: str) -> InvalidUbjson:
        return InvalidUbjson(f"{problem}, at byte {self.position}")

    def value(self, depth: int) -> Value:
        self.values += 1
        if self.values > MAX_VALUES:
            raise self.error(f"more than {MAX_VALUES} values")
        if depth > MAX_DEPTH:
            raise self.error(f"nested more than {MAX_DEPTH} deep")
        marker = self._take(1)[0]
        if marker in _CONSTANTS:
            return _CONSTANTS[marker]
        if marker in _SCALARS:
            number: int | float = _SCALARS[marker].unpack(self._take(_SCALARS[marker].size))[0]
            return number
        match chr(marker):
            case "S":
                return self._string()
            case "{":
                return self._object(depth)
            case "[":
                return self._array(depth)
        raise self.error("an unknown marker")

    def _take(self, length: int) -> bytes:
        if length > len(self.content) - self.position:
            raise self.error("ends in the middle of a value")
        start, self.position = self.position, self.position + length
        return self.content[start : self.position]

    def _next_is(self, marker: bytes) -> bool:
        found = self.content[self.position : self.position + 1] == marker
        self.position += found
        return found

    def _count(self) -> int:
        """A length: `L` and 64 bits, the one form that XGBoost knows."""
        if not self._next_is(b"L"):
            raise self.error("a length that is no 64-bit integer")
        count: int = _COUNT.unpack(self._take(_COUNT.size))[0]
        if not 0 <= count <= len(self.content):
            raise self.error("a length beyond the document")
        return count

    def _string(self) -> str:
        length = self._count()
        if length > MAX_STRING:
            raise self.error(f"a string of more than {MAX_STRING} bytes")
        try:
            return self._take(length).decode()
        except UnicodeDecodeError:
            raise self.error("a string that is not UTF-8") from None

    def _object(self, depth: int) -> dict[str, Value]:
        members: dict[str, Value] = {}
        while not self._next_is(b"}"):
            name = self._string()
            if name in members:  # which of the two counts, readers do not agree on
                raise self.error(f"the name {name[:64]!r} twice")
            members[name] = self.value(depth + 1)
        return members

    def _array(self, depth: int) -> list[Value] | Array:
        if self._next_is(b"$"):
            return self._typed_array()
        if not self._next_is(b"#"):
            raise self.error("an array without its count")
        count = self._count()
        if count > MAX_VALUES - self.values:
            raise self.error(f"more than {MAX_VALUES} values")
        return [self.value(depth + 1) for _ in range(count)]

    def _typed_array(self) -> Array:
        kind = _TYPES.get(self._take(1)[0])
        if kind is None or not self._next_is(b"#"):
            raise self.error("a typed array of an unknown type or without its count")
        count = self._count()
        if count * kind.itemsize > len(self.content) - self.position:
            raise self.error("ends in the middle of an array")
        array = np.frombuffer(self.content, kind, count, self.position)
        self.position += count * kind.itemsize
        return array
