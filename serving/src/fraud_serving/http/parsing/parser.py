"""From bytes to requests: httptools' parser, without what it lets through and others read differently."""

from dataclasses import dataclass
from typing import Final, Protocol

import httptools

from fraud_serving.http.parsing.heads import AmbiguousHead, Header, lines_of, require_unambiguous

CHUNKS: Final = 1 << 16
"""Chunks of a body that may have less than `CHUNK_BYTES`: to read one costs as much as some hundred bytes."""
CHUNK_BYTES: Final = 16
"""Bytes that chunks beyond that have on average."""
_OLD: Final = "1.0"
_CLOSE: Final = (b"connection", b"close")
_OFFERS: Final = frozenset({b"upgrade", b"connection", b"http2-settings"})
"""Headers that offer to speak another protocol than HTTP/1.1, which nobody here takes up."""


class ScatteredBody(Exception):
    """A body in more and smaller chunks than anybody sends."""


class NotHttp(Exception):
    """Bytes that are no HTTP/1.1."""


@dataclass(slots=True)
class Head:
    """A request without its body."""

    method: bytes
    target: bytes
    version: str
    """`1.0` or `1.1`."""
    headers: list[Header]
    """In their order, names in lower case."""
    keep_alive: bool
    """Whether the connection may stay after the answer."""
    expects_continue: bool
    """Whether the body comes only after `100 Continue`."""


class RequestEvents(Protocol):
    """What a parser reports, for each request in this order."""

    def head_began(self) -> None:
        """The first byte of a request is there."""
        ...

    def header_arrived(self) -> None:
        """One more header of it is there."""
        ...

    def head_ended(self, head: Head) -> None:
        """The head is complete."""
        ...

    def body_arrived(self, data: bytes) -> None:
        """A piece of the body, one or more bytes."""
        ...

    def request_ended(self) -> None:
        """All of it is there."""
        ...


class RequestParser:
    """Parses the requests of one connection."""

    def __init__(self, events: RequestEvents) -> None:
        self._events = events
        self._in_head = False
        self._upgrade_offered = False
        self._start()

    @property
    def keep_alive(self) -> bool:
        """Whether the connection may stay after the latest request."""
        return self._parser.should_keep_alive()

    def feed(self, data: memoryview) -> None:
        """Report what `data` holds.

        Raises:
            AmbiguousHead: others could read the head differently.
            ScatteredBody: there are too many chunks for what they hold.
            NotHttp: this is no HTTP/1.1; what came before it was reported.
        """
        while data:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                self._decline_upgrade()
                data = data[upgrade.args[0] :]
            except httptools.HttpParserError as error:
                if isinstance(error.__context__, (AmbiguousHead, ScatteredBody)):
                    raise error.__context__ from None
                raise NotHttp from error
            else:
                return

    def close(self) -> None:
        """Let go of the library's parser, which refers to this."""
        del self._parser

    def _start(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        # Or a request behind one that says `connection: close` would be an error, and the first unanswered.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def _decline_upgrade(self) -> None:
        """Parse a head that offers another protocol again, as one that does not.

        The parser takes such a request's body for the other protocol. Clients offer HTTP/2 so, and go on
        with HTTP/1.1 where nobody takes them up on it.
        """
        self._upgrade_offered = False
        method, version = self._parser.get_method(), self._parser.get_http_version()
        if method == b"CONNECT":
            raise NotHttp
        kept = [each for each in self._headers if each[0] not in _OFFERS]
        if any(name == b"connection" and b"close" in value.lower() for name, value in self._headers):
            kept.append(_CLOSE)
        head = b"%b %b HTTP/%b\r\n%b\r\n" % (method, self._target, version.encode(), lines_of(kept))
        self._start()
        self.feed(memoryview(head))

    def on_message_begin(self) -> None:
        """As httptools calls it."""
        self._in_head = True
        self._chunks = self._body_size = 0
        self._target = b""
        self._headers: list[Header] = []
        self._expects_continue = False
        self._events.head_began()

    def on_url(self, url: bytes) -> None:
        """As httptools calls it, for each piece."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """As httptools calls it. Trailers are dropped: proxies that filter headers let them pass."""
        if not self._in_head:
            return
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self._expects_continue = True
        self._headers.append((name, value))
        self._events.header_arrived()

    def on_headers_complete(self) -> None:
        """As httptools calls it."""
        self._in_head = False
        parser = self._parser
        if parser.should_upgrade():
            self._upgrade_offered = True  # and is declined once the parser stops for it
            return
        version = parser.get_http_version()
        require_unambiguous(version, self._target, self._headers)
        self._events.head_ended(
            Head(
                parser.get_method(),
                self._target,
                version,
                self._headers,
                version != _OLD and parser.should_keep_alive(),
                self._expects_continue and version != _OLD,
            )
        )

    def on_chunk_header(self) -> None:
        """As httptools calls it, before the data of each chunk."""
        if self._chunks >= CHUNKS and self._body_size < CHUNK_BYTES * self._chunks:
            raise ScatteredBody
        self._chunks += 1

    def on_body(self, body: bytes) -> None:
        """As httptools calls it."""
        self._body_size += len(body)
        self._events.body_arrived(body)

    def on_message_complete(self) -> None:
        """As httptools calls it."""
        if not self._upgrade_offered:
            self._events.request_ended()
