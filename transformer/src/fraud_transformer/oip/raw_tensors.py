"""Tensors as raw bytes, little-endian, as gRPC's raw contents and REST's binary extension carry them."""

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from fraud_contract.errors import InvalidTransaction, RequestTooLarge

_NUMBERS: Final[Mapping[str, np.dtype[Any]]] = {
    name: np.dtype(code)
    for name, code in {
        "FP16": "<f2",
        "FP32": "<f4",
        "FP64": "<f8",
        "INT8": "<i1",
        "INT16": "<i2",
        "INT32": "<i4",
        "INT64": "<i8",
        "UINT8": "<u1",
        "UINT16": "<u2",
        "UINT32": "<u4",
        "UINT64": "<u8",
    }.items()
}
_BYTES: Final = "BYTES"
_LENGTH: Final = struct.Struct("<I")


def decode(datatype: str, content: bytes, most: int) -> Sequence[Any]:
    """The values in `content`: numbers, or byte strings for BYTES; none for a type that is not known here.

    Raises:
        InvalidTransaction: `content` is no whole number of values.
        RequestTooLarge: there are more than `most`; they are not decoded.
    """
    if datatype == _BYTES:
        return _strings(content, most)
    dtype = _NUMBERS.get(datatype)
    if dtype is None:
        return ()
    if len(content) % dtype.itemsize:
        raise InvalidTransaction(f"{len(content)} raw bytes are no whole number of {datatype} values.")
    if len(content) // dtype.itemsize > most:
        raise _too_many(most)
    values: list[Any] = np.frombuffer(content, dtype).tolist()
    return values


def encode(datatype: str, values: Sequence[Any]) -> bytes:
    """`values` as raw bytes; strings for BYTES, numbers for the other types that `decode` knows."""
    if datatype == _BYTES:
        encoded = [value.encode() for value in values]
        return b"".join([_LENGTH.pack(len(each)) + each for each in encoded])
    return np.asarray(values, _NUMBERS[datatype]).tobytes()


def _strings(content: bytes, most: int) -> list[bytes]:
    """Each string is its length in four bytes, then itself."""
    strings: list[bytes] = []
    position = 0
    while position < len(content):
        start = position + _LENGTH.size
        if start > len(content):
            raise InvalidTransaction("Raw BYTES end within a length.")
        position = start + _LENGTH.unpack_from(content, position)[0]
        if position > len(content):
            raise InvalidTransaction("Raw BYTES end within a string.")
        if len(strings) == most:
            raise _too_many(most)
        strings.append(content[start:position])
    return strings


def _too_many(most: int) -> RequestTooLarge:
    return RequestTooLarge(f"A raw input tensor holds more values than the {most} transactions of a request.")
