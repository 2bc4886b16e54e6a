"""The binary tensor data extension of the Open Inference Protocol's REST side.

A body is JSON and, after it, raw tensors in the order in which the JSON gives their sizes; a header gives
the length of the JSON.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fraud_contract.errors import MalformedRequest
from fraud_transformer.oip.parameters import SIZE

CONTENT_TYPE: Final = b"application/octet-stream"
HEADER: Final = b"inference-header-content-length"
"""Bytes of the JSON at the front of a body that goes on with raw tensors."""
_MAX_DIGITS: Final = 12


def split_body(body: bytes, header: bytes | None) -> tuple[bytes, bytes]:
    """JSON and raw tensors; without the header all is JSON.

    Raises:
        MalformedRequest: the header is no number, or one beyond the body.
    """
    if header is None:
        return body, b""
    if not header.isdigit() or len(header) > _MAX_DIGITS or int(header) > len(body):
        raise MalformedRequest(
            f"Inference-Header-Content-Length must be the length of the JSON, 0 to {len(body)} here."
        )
    return body[: int(header)], body[int(header) :]


def raw_contents(
    names: Sequence[str], parameters: Sequence[Mapping[str, Any]], raw: bytes
) -> list[bytes | None]:
    """Each input's raw data, None for one whose data is in the JSON.

    Raises:
        MalformedRequest: a size is no number, or the sizes do not add up to `raw`.
    """
    contents: list[bytes | None] = []
    position = 0
    for name, each in zip(names, parameters, strict=True):
        size = each.get(SIZE)
        if size is None:
            contents.append(None)
            continue
        if type(size) is not int or not 0 <= size <= len(raw):
            raise MalformedRequest(
                f"{SIZE} of input {name[:64]!r} must be a number of bytes, at most the {len(raw)} that "
                "follow the JSON."
            )
        contents.append(raw[position : position + size])
        position += size
    if position != len(raw):
        raise MalformedRequest(
            f"{len(raw)} bytes follow the JSON, but the inputs' {SIZE} add up to {position}. "
            "Is Inference-Header-Content-Length the length of the JSON?"
        )
    return contents
