"""Answers of the connection itself, where a request is not worth the app's time."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fraud_contract.errors import FraudError, HeadTooLarge, MalformedRequest, Overloaded, RequestTimeout
from fraud_serving.http_status import status_of
from fraud_serving.telemetry.refused import REFUSED

_UNUSUAL: Final = (b"transfer-encoding", b"close", b"upgrade", b"http/1.0")
"""Words of heads that are for the parser, wherever they stand."""

type Headers = Mapping[str, str]
"""What every answer of a server says in its head, beside what belongs to the answer."""


class Refusal:
    """An error as the bytes of an HTTP answer, made once: under overload this is most of the work."""

    def __init__(self, error: FraudError, headers: Headers) -> None:
        self._last = _answer(error, {**headers, "connection": "close"})
        self._answer = _answer(error, {**headers, "connection": "keep-alive"})
        self._counter = REFUSED.labels(error.code)

    def counted(self, *, last: bool) -> bytes:
        """The answer, counted; `last` tells the client that the connection ends with it."""
        self._counter.inc()
        return self._last if last else self._answer


class Refusals:
    """The refusals of one server."""

    def __init__(self, headers: Headers) -> None:
        self.overloaded = Refusal(Overloaded("Too many requests at once. Try again in a second."), headers)
        self.too_many_connections = Refusal(
            Overloaded("Too many connections. Try again in a second."), headers
        )
        self.head_too_large = Refusal(
            HeadTooLarge("The request line and headers are too large. Send fewer."), headers
        )
        self.late = Refusal(RequestTimeout("The request did not arrive in time."), headers)
        self.ambiguous = Refusal(
            MalformedRequest(
                "Not a request that everybody reads alike. Send HTTP/1.1 with one Host, no Transfer-Encoding "
                "but chunked, and a path without control characters, %2F or %5C."
            ),
            headers,
        )
        self.scattered = Refusal(
            MalformedRequest("The body comes in too many small chunks. Send larger ones."), headers
        )
        self.no_http = Refusal(MalformedRequest("This is no HTTP/1.1 request."), headers)


def is_whole_post(data: bytes) -> bool:
    """Whether this is surely one whole POST request over a connection that is kept, told without a parser.

    Of what is refused under overload nearly everything is, and parsing would cost more than the refusal.
    """
    head, _, body = data.partition(b"\r\n\r\n")
    lower = head.lower()
    _, _, length = lower.partition(b"\r\ncontent-length: ")
    return (
        head.startswith(b"POST ")
        and lower.count(b"content-length") == 1
        and not any(word in lower for word in _UNUSUAL)
        and length.partition(b"\r")[0] == b"%d" % len(body)
    )


def _answer(error: FraudError, headers: Headers) -> bytes:
    body = json.dumps(error.body())
    told = {**headers, "content-type": "application/json", "content-length": str(len(body))}
    if error.retry_after is not None:
        told["retry-after"] = str(error.retry_after)
    status = status_of(error)
    head = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    head += [f"{name}: {value}" for name, value in told.items()]
    return "\r\n".join((*head, "", body)).encode()
