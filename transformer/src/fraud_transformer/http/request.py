"""One HTTP request and its answer, over bare ASGI."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from fraud_contract.errors import (
    FraudError,
    MalformedRequest,
    MethodNotAllowed,
    RequestTimeout,
    RequestTooLarge,
    UnsupportedMedia,
)
from fraud_contract.policy import Decision
from fraud_contract.transaction import Transaction
from fraud_serving.connection import ABORT
from fraud_transformer.http.arrivals import Arrivals
from fraud_transformer.telemetry.observers import Observer

type Scope = Mapping[str, Any]
type Receive = Callable[[], Awaitable[Mapping[str, Any]]]
type Send = Callable[[Mapping[str, Any]], Awaitable[None]]

RELEASE: Final = "x-fraud-release"
"""Header that names the release which answered."""
_RELEASE: Final = RELEASE.encode()
_encode: Final = msgspec.json.Encoder().encode

JSON: Final = b"application/json"
# curl -d says "form" unless told otherwise, and its users mean JSON; clients that say nothing do as well.
_JSON_TYPES: Final = frozenset({b"", b"application/json", b"application/x-www-form-urlencoded", b"text/json"})
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Rest:
    """What follows the first piece of an answer whose length is not known."""

    pieces: AsyncGenerator[bytes]
    idle: float
    """Seconds that a caller may take to make room for the next piece."""
    abort: Callable[[], None]
    """Ends the connection of one who takes longer."""


class Reply(msgspec.Struct, frozen=True):
    """Status, body and further headers of an answer."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()
    content_type: bytes = JSON
    rest: Rest | None = None
    decision: Decision | None = None
    """Of the one transaction answered; for spans."""


def json_reply(content: object, status: int = 200) -> Reply:
    """`content` as JSON."""
    return Reply(status, _encode(content))


def decided_reply(content: object, decision: Decision) -> Reply:
    """`content` as JSON: what one transaction is answered with."""
    return Reply(200, _encode(content), decision=decision)


def error_reply(error: FraudError, transaction_id: str | None) -> Reply:
    """An error's JSON, with the id of the one transaction that was read, and the headers of its status."""
    headers: list[tuple[bytes, bytes]] = []
    if error.retry_after is not None:
        headers.append((b"retry-after", b"%d" % error.retry_after))
    if isinstance(error, MethodNotAllowed):
        headers.append((b"allow", ", ".join(error.allowed).encode()))
    if isinstance(error, (RequestTooLarge, RequestTimeout)):
        headers.append((b"connection", b"close"))  # the rest of the body is not worth reading
    return Reply(error.status, _encode(error.body(transaction_id)), tuple(headers))


@dataclass(slots=True)
class Request:
    """What a handler sees of a request."""

    scope: Scope
    receive: Receive
    headers: Mapping[bytes, bytes]
    """Values by lower-case name; of a repeated header the last."""
    max_body: int
    body_timeout: float
    arrivals: Arrivals
    observer: Observer
    transaction: Transaction | None = None
    """The one that it asks about, once that is read; None where it asks about many."""

    @property
    def method(self) -> str:
        """Upper-case name."""
        return str(self.scope["method"])

    @property
    def transaction_id(self) -> str | None:
        """Of the one transaction."""
        return self.transaction.transaction_id if self.transaction else None

    @property
    def query(self) -> Mapping[str, str]:
        """Query parameters; of a repeated one the last."""
        text: bytes = self.scope["query_string"]
        return dict(parse_qsl(text.decode("latin-1"), keep_blank_values=True)) if text else {}

    @property
    def content_type(self) -> bytes:
        """What the body is said to be, lower-case and without parameters; empty where nothing is said."""
        return self.headers.get(b"content-type", b"").split(b";", 1)[0].strip().lower()

    @property
    def abort(self) -> Callable[[], None]:
        """Ends the connection at once."""
        abort: Callable[[], None] = self.scope["extensions"][ABORT]
        return abort

    def content_encoding(self) -> bytes:
        """`gzip`, or `identity` for a body that is sent as it is; raises `UnsupportedMedia` for another."""
        encoding = self.headers.get(b"content-encoding", b"").strip().lower() or b"identity"
        if encoding not in {b"identity", b"gzip"}:
            raise UnsupportedMedia("Send the body as it is or compressed with gzip.")
        return encoding

    async def piece(self) -> tuple[bytes, bool]:
        """The body's next piece, and whether more follows; raises `MalformedRequest` where it breaks off."""
        message = await self.receive()
        if message["type"] == "http.disconnect":
            raise MalformedRequest("The connection ended within the body.")
        return message.get("body", b""), message.get("more_body", False)

    async def json_body(self, *also: bytes) -> bytes:
        """The body, decompressed, of a request that may be taken for JSON, or is of the types in `also`.

        Raises:
            UnsupportedMedia: another content type or encoding.
            RequestTooLarge: more bytes than the limit, before or after decompression.
            RequestTimeout: it did not arrive in time.
        """
        kind = self.content_type
        if kind not in _JSON_TYPES and kind not in also:
            raise UnsupportedMedia("Send JSON with content type application/json.")
        encoding = self.content_encoding()
        body = await self._body()
        return self._gunzip(body) if encoding == b"gzip" else body

    async def _body(self) -> bytes:
        declared = self.headers.get(b"content-length")
        if declared is not None and int(declared.lstrip(b"0") or b"0") > self.max_body:
            raise self._too_large()
        body, more = await self.piece()  # by the connection's clock
        if not more:
            if len(body) > self.max_body:
                raise self._too_large()
            return body
        try:
            async with asyncio.timeout(self.body_timeout):
                return await self._rest(body)
        except TimeoutError:
            raise RequestTimeout(f"The body did not arrive within {self.body_timeout:g} s.") from None

    async def _rest(self, first: bytes) -> bytes:
        with self.arrivals.body() as body:
            body.add(first)
            more = True
            while more:
                if body.size > self.max_body:
                    raise self._too_large()
                piece, more = await self.piece()
                body.add(piece)
            if body.size > self.max_body:
                raise self._too_large()
            return body.whole()

    def _gunzip(self, body: bytes) -> bytes:
        decompressor = zlib.decompressobj(_GZIP_WINDOW)
        try:
            plain = decompressor.decompress(body, self.max_body + 1)
        except zlib.error:
            raise MalformedRequest("The body is not gzip, though its content encoding says so.") from None
        if len(plain) > self.max_body:
            raise self._too_large()
        if not decompressor.eof:
            raise MalformedRequest("The gzip body is cut off.")
        return plain

    def _too_large(self) -> RequestTooLarge:
        return RequestTooLarge(f"The body is larger than {self.max_body} bytes. Send it in parts.")


async def send_reply(send: Send, reply: Reply, release: bytes, *, with_body: bool) -> None:
    """Send an answer, naming the release that gave it."""
    # After a stream that was broken off nobody could tell where the next request begins.
    length = (b"content-length", b"%d" % len(reply.body)) if reply.rest is None else (b"connection", b"close")
    headers = [
        (b"content-type", reply.content_type),
        length,
        (_RELEASE, release),
        *reply.headers,
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if reply.rest is not None:
        await _send_rest(send, reply.body, reply.rest)
    else:
        await send({"type": "http.response.body", "body": reply.body if with_body else b""})


async def _send_rest(send: Send, first: bytes, rest: Rest) -> None:
    async with aclosing(rest.pieces) as pieces:
        try:
            await _send_piece(send, first, rest.idle)
            async for piece in pieces:
                await _send_piece(send, piece, rest.idle)
        except TimeoutError:
            rest.abort()
    await send({"type": "http.response.body", "body": b""})


async def _send_piece(send: Send, piece: bytes, idle: float) -> None:
    async with asyncio.timeout(idle):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
