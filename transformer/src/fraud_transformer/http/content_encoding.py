"""Bodies as their content encoding has them: as they are, compressed by gzip, or by deflate.

Inflating is bounded before it is done: in what it gives at once, in what it gives in all, and in members, of
which gzip lets many follow one another (RFC 1952, 2.2).
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from fraud_contract.errors import MalformedRequest, RequestTooLarge, UnsupportedMedia
from fraud_transformer.limits import FREE_INFLATION, MAX_INFLATED_LINE, MAX_INFLATION, MAX_MEMBERS, MIN_MEMBER

IDENTITY: Final = b"identity"
_INFLATED: Final = 1 << 15
"""Bytes inflated at once: a bomb costs time, which others share, but no memory."""
_COMPRESSED: Final = 1 << 12
"""Bytes given to zlib at once: it copies what follows a member's end."""
_ZLIB_METHOD: Final = 8


def _gzip(_: bytes) -> Any:  # noqa: ANN401 - zlib has no name for it
    return zlib.decompressobj(16 + zlib.MAX_WBITS)


def _deflate(start: bytes) -> Any:  # noqa: ANN401 - zlib has no name for it
    """The zlib format, as RFC 9110 has it, or the bare deflate that some clients send by that name."""
    is_zlib = start[0] & 0x0F == _ZLIB_METHOD and (len(start) == 1 or int.from_bytes(start[:2]) % 31 == 0)
    return zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)


_DECOMPRESSORS: Final[Mapping[bytes, Callable[[bytes], Any]]] = {
    b"gzip": _gzip,
    b"x-gzip": _gzip,
    b"deflate": _deflate,
}


def content_encoding(header: bytes) -> bytes:
    """`identity`, or a compression that `Inflation` knows; raises `UnsupportedMedia` for another."""
    encoding = header.strip().lower() or IDENTITY
    if encoding != IDENTITY and encoding not in _DECOMPRESSORS:
        raise UnsupportedMedia("Send the body as it is, or compressed by gzip or deflate.")
    return encoding


class Inflation:
    """A compressed body that arrives in chunks, one member after another as `cat a.gz b.gz` gives them."""

    def __init__(self, encoding: bytes) -> None:
        self._name = encoding.decode()
        self._begin = _DECOMPRESSORS[encoding]
        self._member: Any = None
        self._members = 0
        self._compressed = 0
        self._inflated = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What `chunk` inflates to, in pieces.

        Raises:
            MalformedRequest: it is not compressed so, or has too many members.
            RequestTooLarge: it inflates to too many times its size.
        """
        for start in range(0, len(chunk), _COMPRESSED):
            piece = chunk[start : start + _COMPRESSED]
            self._compressed += len(piece)
            yield from self._inflate(piece)

    def end(self) -> None:
        """Raise `MalformedRequest` where the last member is cut off."""
        if self._member is not None and not self._member.eof:
            raise MalformedRequest(f"The {self._name} body is cut off.")

    def require_lines(self, answered: int) -> None:
        """Raise `RequestTooLarge` where it inflates to too much for the lines that were found in it."""
        if self._inflated > FREE_INFLATION + MAX_INFLATED_LINE * answered:
            raise RequestTooLarge(
                f"The {self._name} body inflates to more than {MAX_INFLATED_LINE} bytes for each line."
            )

    def _inflate(self, compressed: bytes) -> Iterator[bytes]:
        full = False
        while compressed or full:
            if self._member is None or self._member.eof:
                self._begin_member(compressed)
            try:
                plain = self._member.decompress(compressed, _INFLATED)
            except zlib.error:
                raise MalformedRequest(
                    f"The body is not {self._name}, though its content encoding says so."
                ) from None
            self._inflated += len(plain)
            if self._inflated > FREE_INFLATION + MAX_INFLATION * self._compressed:
                raise RequestTooLarge(
                    f"The {self._name} body inflates to more than {MAX_INFLATION} times its size."
                )
            yield plain
            full = len(plain) == _INFLATED and not self._member.eof
            compressed = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def _begin_member(self, start: bytes) -> None:
        self._members += 1
        if self._members > MAX_MEMBERS + self._compressed // MIN_MEMBER:
            raise MalformedRequest(f"The {self._name} body is of too many members. Compress it as a whole.")
        self._member = self._begin(start)


def inflated(body: bytes, encoding: bytes, most: int) -> bytes:
    """A whole compressed body.

    Raises:
        MalformedRequest: it is not compressed so, is cut off, or has too many members.
        RequestTooLarge: it inflates to more than `most` bytes.
    """
    inflation = Inflation(encoding)
    plain = bytearray()
    for piece in inflation.feed(body):
        plain += piece
        if len(plain) > most:
            raise RequestTooLarge(f"The body is larger than {most} bytes. Send it in parts.")
    inflation.end()
    return bytes(plain)
