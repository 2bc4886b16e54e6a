"""Fields of a protobuf message, counted on the wire before it is parsed.

To parse holds the interpreter, and an empty message within the message takes two bytes to send and a hundred
to hold: half a million of them are 50 ms in which no payment is answered.
"""

from typing import Final

from google.protobuf.descriptor import Descriptor

from fraud_contract.errors import RequestTooLarge

MAX_FIELDS: Final = 1_024
"""Fields of a message and of the repeated messages in it, such as tensors; a field of many values, such
as a tensor's contents, is one. Five inputs and outputs with 64 parameters each come to some 700."""

_VARINT, _BYTES = 0, 2
_FIXED: Final = {1: 8, 5: 4}
"""Wire types (protobuf.dev, Encoding), of those of fixed size with it; others are marks without a value."""
_VARINT_BITS: Final = 70


def require_few_fields(content: bytes, kind: Descriptor) -> None:
    """Raise `RequestTooLarge` for a `kind` of more than `MAX_FIELDS`; what is broken, parsing refuses."""
    _count(content, 0, len(content), _repeated_in(kind), 0)


def _repeated_in(kind: Descriptor) -> frozenset[int]:
    """Numbers of the fields that are messages, of which there may be many; a map's entry is one field."""
    return frozenset(
        each.number
        for each in kind.fields
        if each.is_repeated and each.message_type and not each.message_type.GetOptions().map_entry
    )


def _count(content: bytes, position: int, end: int, entered: frozenset[int], found: int) -> int:
    """`found` and the fields from `position` to `end`, with those in the messages that are `entered`."""
    try:
        while position < end:
            found += 1
            if found > MAX_FIELDS:
                raise RequestTooLarge(f"The message has more than {MAX_FIELDS} fields. Send it in parts.")
            tag, position = _varint(content, position)
            wire = tag & 7
            if wire == _VARINT:
                _, position = _varint(content, position)
            elif wire == _BYTES:
                size, position = _varint(content, position)
                if tag >> 3 in entered:
                    found = _count(content, position, min(position + size, end), frozenset(), found)
                position += size
            else:
                position += _FIXED.get(wire, 0)
    except (IndexError, OverflowError):  # it is cut off, or no message
        pass
    return found


def _varint(content: bytes, position: int) -> tuple[int, int]:
    """The number at `position`, and the position behind it; raises `OverflowError` where it does not end."""
    value = 0
    for shift in range(0, _VARINT_BITS, 7):
        byte = content[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the bit that says whether it goes on
            return value, position
    raise OverflowError
