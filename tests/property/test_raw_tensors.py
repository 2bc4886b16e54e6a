"""Raw tensors come back as they were; other bytes are refused."""

import contextlib
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_contract.errors import InvalidTransaction, MalformedRequest, RequestTooLarge
from fraud_transformer.oip.raw_tensors import decode, encode
from fraud_transformer.oip.rest_binary import raw_contents, split_body

INTEGERS = {f"{sign}INT{bits}": (sign, bits) for sign in ("", "U") for bits in (8, 16, 32, 64)}


@st.composite
def tensors(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """A type and values that it holds."""
    datatype = draw(st.sampled_from(["FP16", "FP32", "FP64", "BYTES", *INTEGERS]))
    match datatype:
        case "FP16" | "FP32" | "FP64":
            values: st.SearchStrategy[Any] = st.floats(width=int(datatype[2:]), allow_nan=False)  # type: ignore[arg-type]  # 16, 32 or 64
        case "BYTES":
            values = st.text(st.characters(codec="utf-8"))
        case _:
            sign, bits = INTEGERS[datatype]
            low, high = (0, 2**bits - 1) if sign else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
            values = st.integers(low, high)
    return datatype, draw(st.lists(values, max_size=20))


@given(tensor=tensors())
def test_what_is_encoded_is_decoded(tensor: tuple[str, list[Any]]) -> None:
    datatype, values = tensor
    expected = [text.encode() for text in values] if datatype == "BYTES" else values
    assert expected == list(decode(datatype, encode(datatype, values), 20))


@given(values=st.lists(st.floats(width=32, allow_nan=False), max_size=20))
def test_numbers_are_little_endian(values: list[float]) -> None:
    assert struct.pack(f"<{len(values)}f", *values) == encode("FP32", values)
    assert values == np.frombuffer(encode("FP32", values), "<f4").astype(float).tolist()


@given(
    content=st.binary(max_size=40), datatype=st.sampled_from(["FP32", "FP64", "BYTES", "INT16", "BOOL", ""])
)
def test_any_bytes_are_decoded_or_refused(content: bytes, datatype: str) -> None:
    with contextlib.suppress(InvalidTransaction):
        assert len(decode(datatype, content, 40)) <= len(content)


@pytest.mark.parametrize(
    ("datatype", "value"), [("FP16", 1.5), ("FP32", 1.5), ("INT8", 1), ("UINT64", 1), ("BYTES", "a")]
)
def test_values_beyond_those_that_are_taken_are_not_decoded(datatype: str, value: object) -> None:
    assert 3 == len(decode(datatype, encode(datatype, [value] * 3), 3))
    with pytest.raises(RequestTooLarge):
        decode(datatype, encode(datatype, [value] * 4), 3)


@given(parts=st.lists(st.none() | st.binary(max_size=9), max_size=5), head=st.binary(max_size=9))
def test_a_body_is_cut_where_header_and_sizes_say(parts: list[bytes | None], head: bytes) -> None:
    raw = b"".join(part for part in parts if part is not None)
    parameters = [{} if part is None else {"binary_data_size": len(part)} for part in parts]
    names = [str(index) for index in range(len(parts))]
    assert (head, raw) == split_body(head + raw, b"%d" % len(head))
    assert parts == raw_contents(names, parameters, raw)
    with pytest.raises(MalformedRequest, match="add up to"):
        raw_contents(names, parameters, raw + b"!")


@pytest.mark.parametrize("size", [-1, True, "4", 4.0, [], 5])
def test_a_size_is_a_number_of_bytes_that_are_there(size: object) -> None:
    with pytest.raises(MalformedRequest):
        raw_contents(["amt"], [{"binary_data_size": size}], b"abcd")


@pytest.mark.parametrize("header", [b"", b"-1", b"x", b"5", b"1.0", b"9" * 20, b"9" * 5_000])
def test_a_header_that_is_no_length_within_the_body_is_refused(header: bytes) -> None:
    with pytest.raises(MalformedRequest, match="length of the JSON"):
        split_body(b"{}  ", header)
