"""A request that is there as a whole and plain, read at once: a parser reports each part of it by a call.

What is read here is a small part of HTTP, of which no two readers think differently; all else, errors among
it, is left to the parser. Most payments come so, with or without a gateway's headers.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from fraud_serving.http.parsing.heads import HOST

_LINE: Final = re.compile(rb"POST (/[a-z0-9/_-]*) HTTP/1\.1")
"""A POST to a path without escapes or query."""
_HEADER: Final = re.compile(rb"(?m)^([A-Za-z0-9_-]+): ([!-~][ -~]*)(?<! )\r\n")
"""One line, printable and not empty, without spaces around the value."""
_LENGTH: Final = re.compile(rb"0|[1-9][0-9]{0,7}")
_UNUSUAL: Final = frozenset(
    {b"transfer-encoding", b"upgrade", b"expect", b"te", b"trailer", b"http2-settings", b"proxy-connection"}
)
"""Headers that change how a request is read or answered."""
_KEEP_ALIVE: Final = b"keep-alive"
_END: Final = b"\r\n\r\n"
_REPEATED: Final = 256
"""Bytes up to which a head is kept to be known again: a client without a gateway sends the same, but for the
body's length; the ids that a gateway gives each request are in none that comes again."""


class WholeRequest(NamedTuple):
    """A plain POST that keeps its connection."""

    target: bytes
    headers: Mapping[bytes, bytes]
    """By name in lower case; of one that came twice the last. `read_whole` gives none that did."""
    body: bytes | bytearray


def read_whole(data: bytes) -> WholeRequest | None:
    """The one request in `data`, as `RequestParser` reports it; else None."""
    end = data.find(_END) + len(_END)
    head = data[:end]
    plain = _read_again(head) if end <= _REPEATED else _read(head)
    if plain is None or plain[2] != len(data) - end:
        return None
    return WholeRequest(plain[0], plain[1], data[end:])


def _read(head: bytes) -> tuple[bytes, Mapping[bytes, bytes], int] | None:
    """Target, headers and the body's length."""
    first, _, lines = head.partition(b"\r\n")
    line = _LINE.fullmatch(first)
    found = _HEADER.findall(lines)
    headers = {name.lower(): value for name, value in found}
    length = _LENGTH.fullmatch(headers.get(b"content-length", b""))
    if (
        line is None
        or length is None
        or len(found) != lines.count(b"\n") - 1  # that of the empty line; each header took one
        or len(headers) != len(found)
        or not HOST.fullmatch(headers.get(b"host", b" "))
        or not _UNUSUAL.isdisjoint(headers)
        or headers.get(b"connection", _KEEP_ALIVE).lower() != _KEEP_ALIVE
    ):
        return None
    return line[1], headers, int(length[0])


_read_again: Final = lru_cache(_REPEATED)(_read)
