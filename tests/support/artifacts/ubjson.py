"""Values as UBJSON, in the one form that XGBoost reads."""

import struct
from typing import Final

import numpy as np

from fraud_contract.trees.ubjson import Value

_MARKERS: Final = {"int8": b"i", "uint8": b"U", "int16": b"I", "int32": b"l", "int64": b"L", "float32": b"d", "float64": b"D"}  # fmt: skip  # noqa: E501


def dumps(value: Value) -> bytes:
    """`value` as UBJSON; what `fraud_contract.trees.ubjson.parse` gives, comes back as it was."""
    match value:
        case None | bool():
            encoded = {None: b"Z", True: b"T", False: b"F"}[value]
        case int():
            encoded = b"L" + struct.pack(">q", value)
        case float():
            encoded = b"d" + struct.pack(">f", value)
        case str():
            encoded = b"S" + _named(value)
        case dict():
            encoded = b"{" + b"".join(_named(name) + dumps(each) for name, each in value.items()) + b"}"
        case list():
            encoded = b"[#" + _length(len(value)) + b"".join(map(dumps, value))
        case np.ndarray():
            big = value.astype(value.dtype.newbyteorder(">"))
            encoded = b"[$" + _MARKERS[big.dtype.name] + b"#" + _length(len(big)) + big.tobytes()
    return encoded


def _length(length: int) -> bytes:
    return b"L" + struct.pack(">q", length)


def _named(text: str) -> bytes:
    return _length(len(text.encode())) + text.encode()
