"""Answers of the connection itself, where a request is not worth the app's time."""

import json
from http import HTTPStatus
from typing import Final

from prometheus_client import Counter

from fraud_contract.errors import FraudError, HeadTooLarge, MalformedRequest, Overloaded, RequestTimeout

_REFUSED: Final = Counter("fraud_refused_requests", "Requests that were refused unread, by error", ["code"])


class Refusal:
    """An error as the bytes of an HTTP answer, made once: under overload this is most of the work."""

    def __init__(self, error: FraudError) -> None:
        self._last = _answer(error, b"close")
        self._answer = _answer(error, b"keep-alive")
        self._counter = _REFUSED.labels(error.code)

    def counted(self, *, last: bool) -> bytes:
        """The answer, counted; `last` tells the client that the connection ends with it."""
        self._counter.inc()
        return self._last if last else self._answer


def is_whole_post(data: bytes) -> bool:
    """Whether this is surely one whole POST request over a connection that is kept, told without a parser.

    Of what is refused under overload nearly everything is, and parsing would cost more than the refusal.
    """
    head, _, body = data.partition(b"\r\n\r\n")
    lower = head.lower()
    _, said, length = lower.partition(b"\r\ncontent-length: ")
    return (
        head.startswith(b"POST ")
        and bool(said)
        and b"content-length" not in length
        and not any(word in lower for word in (b"transfer-encoding", b"\r\nconnection: close", b"http/1.0"))
        and length.partition(b"\r")[0] == b"%d" % len(body)
    )


def _answer(error: FraudError, connection: bytes) -> bytes:
    body = json.dumps(error.body()).encode()
    phrase = HTTPStatus(error.status).phrase.encode()
    wait = b"" if error.retry_after is None else b"retry-after: %d\r\n" % error.retry_after
    return b"".join(
        (
            b"HTTP/1.1 %d %s\r\n%sconnection: %s\r\n" % (error.status, phrase, wait, connection),
            b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body),
        )
    )


OVERLOADED: Final = Refusal(Overloaded("Too many requests at once. Try again in a second."))
TOO_MANY_CONNECTIONS: Final = Refusal(Overloaded("Too many connections. Try again in a second."))
HEAD_TOO_LARGE: Final = Refusal(HeadTooLarge("The request line and headers are too large. Send fewer."))
HEAD_LATE: Final = Refusal(RequestTimeout("The request line and headers did not arrive in time."))
NO_HTTP: Final = Refusal(MalformedRequest("This is no HTTP/1.1 request."))
