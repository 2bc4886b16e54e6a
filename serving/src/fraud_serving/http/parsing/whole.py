"""A request that is there as a whole and plain, read at once: a parser reports each part of it by a call.

What is read here is a small part of HTTP, of which no two readers think differently; all else, errors among
it, is left to the parser. Most payments come so, with or without a gateway's headers.
"""

import re
from typing import Final

from fraud_serving.http.parsing.heads import HOST, Header
from fraud_serving.http.parsing.parser import Head

_PLAIN: Final = re.compile(rb"POST (/[a-z0-9/_-]*) HTTP/1\.1\r\n((?:[A-Za-z0-9_-]+: [!-~][ -~]*\r\n)+)\r\n")
"""A POST to a path without escapes or query; of each header one line, printable and not empty."""
_UNUSUAL: Final = frozenset(
    {b"transfer-encoding", b"upgrade", b"expect", b"te", b"trailer", b"http2-settings", b"proxy-connection"}
)
"""Headers that change how a request is read or answered."""
_KEEP_ALIVE: Final = b"keep-alive"


def read_whole(data: bytes) -> tuple[Head, bytes] | None:
    """Head and body of the one request in `data`, as `RequestParser` reports them; else None."""
    plain = _PLAIN.match(data)
    if plain is None:
        return None
    headers: list[Header] = []
    for line in plain[2].split(b"\r\n")[:-1]:
        name, _, value = line.partition(b": ")
        headers.append((name.lower(), value))
    fields = dict(headers)
    body = data[plain.end() :]
    if (
        len(fields) != len(headers)
        or b" \r\n" in plain[2]  # which the parser takes off
        or fields.get(b"content-length") != b"%d" % len(body)
        or not HOST.fullmatch(fields.get(b"host", b" "))
        or not _UNUSUAL.isdisjoint(fields)
        or fields.get(b"connection", _KEEP_ALIVE).lower() != _KEEP_ALIVE
    ):
        return None
    return Head(b"POST", plain[1], "1.1", headers, keep_alive=True, expects_continue=False), body
