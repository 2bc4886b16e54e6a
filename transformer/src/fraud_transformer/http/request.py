"""One HTTP request, over bare ASGI: its headers, its query, and its body within the limits."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from fraud_contract.errors import (
    MalformedRequest,
    RequestTimeout,
    RequestTooLarge,
    UnsupportedMedia,
)
from fraud_serving.budget import Budget
from fraud_serving.http.asgi import Receive, Scope
from fraud_serving.http.cycle import ABORT, IS_CLOSING
from fraud_transformer.http.content_encoding import IDENTITY, content_encoding, inflated
from fraud_transformer.limits import MAX_ECHO
from fraud_transformer.telemetry.request_context import RequestContext

# curl -d sends "form" by default, and its users mean JSON; clients that send no content type do as well.
_JSON_TYPES: Final = frozenset({b"", b"application/json", b"application/x-www-form-urlencoded", b"text/json"})
_MAX_DIGITS: Final = 18
_MAX_PARAMETERS: Final = 16


class Request(msgspec.Struct):
    """What a handler sees of a request."""

    scope: Scope
    receive: Receive
    headers: Mapping[bytes, bytes]
    """Values by lower-case name; of a repeated header the last."""
    max_body: int
    body_timeout: float
    arriving: Budget
    """Bytes of all bodies that are still arriving."""
    context: RequestContext

    @property
    def method(self) -> str:
        """Upper-case name."""
        return str(self.scope["method"])

    def query(self, *known: str) -> Mapping[str, str]:
        """Query parameters, of which the route knows some.

        Raises:
            MalformedRequest: there is another one, or one is there twice.
        """
        text: bytes = self.scope["query_string"]
        if not text:
            return {}
        try:
            pairs = parse_qsl(text.decode("latin-1"), keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
        except ValueError:
            raise MalformedRequest(f"The query has more than {_MAX_PARAMETERS} parameters.") from None
        parameters = dict(pairs)
        for name in parameters:
            if name not in known:
                offered = f"known here: {', '.join(known)}" if known else "none is known here"
                raise MalformedRequest(f"The query parameter {name[:MAX_ECHO]!r} is unknown; {offered}.")
        if len(parameters) != len(pairs):
            raise MalformedRequest("A query parameter is there twice.")
        return parameters

    @property
    def content_type(self) -> bytes:
        """Media type of the body, lower-case and without parameters; empty where the header is missing."""
        return self.headers.get(b"content-type", b"").split(b";", 1)[0].strip().lower()

    @property
    def abort(self) -> Callable[[], None]:
        """Ends the connection at once."""
        abort: Callable[[], None] = self.scope["extensions"][ABORT]
        return abort

    @property
    def is_closed(self) -> bool:
        """Whether the connection is closed, so that no caller waits for the response."""
        is_closing: Callable[[], bool] = self.scope["extensions"][IS_CLOSING]
        return is_closing()

    def content_encoding(self) -> bytes:
        """How the body is compressed; raises `UnsupportedMedia` for a way that is not known here."""
        return content_encoding(self.headers.get(b"content-encoding", b""))

    async def read_chunk(self) -> tuple[bytes, bool]:
        """The body's next chunk, and whether more follows; raises `MalformedRequest` where it breaks off."""
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
        return body if encoding == IDENTITY else inflated(body, encoding, self.max_body)

    async def _body(self) -> bytes:
        declared = self.headers.get(b"content-length")
        if declared is not None and _length(declared) > self.max_body:
            raise self._too_large()
        body, more = await self.read_chunk()  # by the connection's clock
        if not more:
            if len(body) > self.max_body:
                raise self._too_large()
            return body
        try:
            async with asyncio.timeout(self.body_timeout):
                return await self._read_on(body)
        except TimeoutError:
            raise RequestTimeout(f"The body did not arrive within {self.body_timeout:g} s.") from None

    async def _read_on(self, first: bytes) -> bytes:
        body, chunk, more = bytearray(), first, True
        try:
            while True:
                self.arriving.hold(len(chunk))
                body += chunk
                if len(body) > self.max_body:
                    raise self._too_large()
                if not more:
                    return bytes(body)
                chunk, more = await self.read_chunk()
        finally:
            self.arriving.release(len(body))

    def _too_large(self) -> RequestTooLarge:
        return RequestTooLarge(f"The body is larger than {self.max_body} bytes. Send it in parts.")


def _length(declared: bytes) -> int:
    """The number of a `content-length`; of one with more digits than any body's only that it is large."""
    return int(declared.lstrip(b"0")[:_MAX_DIGITS] or b"0")
