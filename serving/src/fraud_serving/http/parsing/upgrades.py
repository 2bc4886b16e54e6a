"""Offers to speak another protocol than HTTP/1.1, which nobody here takes up."""

from collections.abc import Sequence
from typing import Final

_CLOSE: Final = (b"connection", b"close")
_OFFERS: Final = frozenset({b"upgrade", b"connection", b"http2-settings"})


def without_upgrade(method: bytes, url: bytes, version: str, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The head of a request, of lower-case `headers`, without what offers another protocol."""
    kept = [each for each in headers if each[0] not in _OFFERS]
    if any(name == b"connection" and b"close" in value.lower() for name, value in headers):
        kept.append(_CLOSE)
    lines = [b"%s %s HTTP/%s" % (method, url, version.encode())]
    lines += [b"%s: %s" % each for each in kept]
    return b"\r\n".join((*lines, b"", b""))
