"""The answer to one HTTP request, and how it is sent over bare ASGI."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import msgspec

from fraud_contract.errors import FraudError, MethodNotAllowed, RequestTimeout, RequestTooLarge
from fraud_serving.http.asgi import Send
from fraud_serving.http_status import status_of
from fraud_transformer.decisions.answers import Error
from fraud_transformer.served import RELEASE_HEADER

JSON: Final = b"application/json"

_RELEASE: Final = RELEASE_HEADER.encode()
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class ResponseStream:
    """The chunks that follow the first of a response whose length is not known."""

    chunks: AsyncGenerator[bytes]
    idle: float
    """Seconds that a caller may take to make room for the next chunk."""
    abort: Callable[[], None]
    """Ends the connection of a caller that takes longer."""


class Response(msgspec.Struct, frozen=True):
    """Status, body and further headers."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    content_type: bytes = JSON
    stream: ResponseStream | None = None
    """What follows `body`, where the length is not known when it begins."""


def json_response(content: object, status: int = 200) -> Response:
    """`content` as JSON."""
    return Response(status, _encode(content))


def error_response(error: FraudError, transaction_id: str | None) -> Response:
    """An error's JSON, with the id of the one transaction that was read, and the headers of its status."""
    headers: list[tuple[bytes, bytes]] = []
    if error.retry_after is not None:
        headers.append((b"retry-after", b"%d" % error.retry_after))
    if isinstance(error, MethodNotAllowed):
        headers.append((b"allow", ", ".join(error.allowed).encode()))
    if isinstance(error, (RequestTooLarge, RequestTimeout)):
        headers.append((b"connection", b"close"))  # the rest of the body is not worth reading
    return Response(status_of(error), _encode(Error.of(error, transaction_id)), tuple(headers))


def headers_of(response: Response, release: bytes) -> list[tuple[bytes, bytes]]:
    """All headers of a response, that which names the release among them."""
    # After a stream that was broken off the next request's beginning could not be found.
    known = (b"content-length", b"%d" % len(response.body))
    return [
        (b"content-type", response.content_type),
        known if response.stream is None else (b"connection", b"close"),
        (_RELEASE, release),
        *response.headers,
    ]


async def send_response(send: Send, response: Response, release: bytes, *, with_body: bool) -> None:
    """Send a response with the header that names the release which gave it."""
    headers = headers_of(response, release)
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if response.stream is not None:
        await _send_stream(send, response.body, response.stream)
    else:
        await send({"type": "http.response.body", "body": response.body if with_body else b""})


async def _send_stream(send: Send, first: bytes, stream: ResponseStream) -> None:
    async with aclosing(stream.chunks) as chunks:
        try:
            await _send_chunk(send, first, stream.idle)
            async for chunk in chunks:
                await _send_chunk(send, chunk, stream.idle)
        except TimeoutError:
            stream.abort()
    await send({"type": "http.response.body", "body": b""})


async def _send_chunk(send: Send, chunk: bytes, idle: float) -> None:
    async with asyncio.timeout(idle):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
