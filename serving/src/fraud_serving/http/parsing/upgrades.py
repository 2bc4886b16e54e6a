"""Offers to speak another protocol than HTTP/1.1, which nobody here takes up."""

from collections.abc import Sequence
from typing import Final

from fraud_serving.http.parsing.heads import Header, lines_of

_CLOSE: Final = (b"connection", b"close")
_OFFERS: Final = frozenset({b"upgrade", b"connection", b"http2-settings"})


def without_upgrade(method: bytes, url: bytes, version: str, headers: Sequence[Header]) -> bytes:
    """The head of a request, of lower-case `headers`, without what offers another protocol."""
    kept = [each for each in headers if each[0] not in _OFFERS]
    if any(name == b"connection" and b"close" in value.lower() for name, value in headers):
        kept.append(_CLOSE)
    return b"%b %b HTTP/%b\r\n%b\r\n" % (method, url, version.encode(), lines_of(kept))
