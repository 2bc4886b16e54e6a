"""One HTTP request and its answer, between a connection and an ASGI app.

uvicorn's own cycle writes head and body of an answer one after the other: two system calls, and two packets
for the client to wake up for. Here the head waits for the first piece of the body.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, Protocol

from uvicorn.protocols.http.flow_control import FlowControl

type Header = tuple[bytes, bytes]
type Message = Mapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Mapping[str, Any], Receive, Send], Awaitable[None]]

_log = logging.getLogger(__name__)

_STATUS_LINE: Final = {each.value: f"HTTP/1.1 {each.value} {each.phrase}\r\n".encode() for each in HTTPStatus}
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_CLOSE: Final = b"connection: close\r\n"
_CHUNKED: Final = b"transfer-encoding: chunked\r\n"
_SMALL: Final = 1 << 16
"""Bytes of a body up to which it is copied behind its head."""
_NO_BODY: Final = frozenset({204, 304})
_FAILED: Final = (
    {
        "type": "http.response.start",
        "status": 500,
        "headers": [(b"content-length", b"0"), (b"connection", b"close")],
    },
    {"type": "http.response.body"},
)


class Side(Protocol):
    """What a cycle needs of its connection."""

    transport: asyncio.Transport
    flow: FlowControl
    tasks: set[asyncio.Task[None]]
    expect_100_continue: bool

    def common_head(self) -> bytes:
        """The headers of every answer."""
        ...

    def close(self) -> None:
        """Close the connection, once what was said is taken."""
        ...

    def on_response_complete(self) -> None:
        """The answer is out."""
        ...


class Cycle:
    """What an app receives of one request, and sends as its answer."""

    disconnected = False
    """Whether the caller is gone."""
    response_complete = False
    started = False
    """Whether the app has begun to answer."""
    begun = False
    """Whether some of the body is there, or none will come."""
    whole = False
    """Whether all of it is."""
    task: asyncio.Task[None] | None = None
    """Where the app waits."""
    # Defaults stand with the class, since most of them stay, and a payment is decided in some microseconds.
    _expects_continue = False
    _held = 0
    _news = False
    _waiter: asyncio.Future[None] | None = None
    _head = b""
    _left: int | None = 0
    _chunked = False

    def __init__(self, scope: Mapping[str, Any], side: Side, *, keep_alive: bool) -> None:
        self.scope = scope
        self.keep_alive = keep_alive
        """Whether the connection stays after the answer."""
        self._side = side
        self._transport = side.transport
        self._parts = list[bytes]()
        if side.expect_100_continue:
            self._expects_continue = True

    def take(self, body: bytes) -> int:
        """A further piece of the request's body; returns the bytes that wait for the app."""
        self.begun = True
        self._parts.append(body)
        self._held += len(body)
        self._tell()
        return self._held

    def end_body(self) -> None:
        """The request is there as a whole."""
        self.begun = self.whole = True
        self._tell()

    def disconnect(self) -> None:
        """The caller is gone."""
        self.disconnected = not self.response_complete
        self._tell()

    def _tell(self) -> None:
        self._news = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def run(self, app: App) -> None:
        """Have `app` answer; an app that fails, or ends too early, costs its caller the connection.

        Not before the answers so far are taken: another one would be made, and held, for nobody.
        """
        try:
            if self._side.flow.write_paused:
                await self._side.flow.drain()
            if self.disconnected:
                return
            await app(self.scope, self.receive, self.send)
        except Exception:  # noqa: BLE001 - whatever it is, the app's caller is owed an answer
            _log.exception("The app failed")
        except BaseException:
            self._side.close()  # cancelled: there will be no answer, and nobody is to wait for one
            raise
        finally:
            if self.task is not None:
                self._side.tasks.discard(self.task)
        if self.response_complete or self.disconnected:
            return
        if self.started:
            self._side.close()
        else:
            for message in _FAILED:
                await self.send(message)

    async def receive(self) -> Message:
        """The next piece of the body; `http.disconnect` once the caller is gone, or has its answer."""
        if self._expects_continue and not self._transport.is_closing():
            self._expects_continue = False
            self._transport.write(_CONTINUE)
        if not self.disconnected and not self.response_complete:
            if not self.whole:
                self._side.flow.resume_reading()
            if not self._news:
                self._waiter = asyncio.get_running_loop().create_future()
                await self._waiter
            self._news = False
        if self.disconnected or self.response_complete:
            return {"type": "http.disconnect"}
        body = b"".join(self._parts)
        self._parts, self._held = [], 0
        return {"type": "http.request", "body": body, "more_body": not self.whole}

    async def send(self, message: Message) -> None:
        """Take the next part of the answer; raises `RuntimeError` where it makes no sound HTTP."""
        if self._side.flow.write_paused and not self.disconnected:
            await self._side.flow.drain()
        if self.disconnected:
            return
        if self.response_complete:
            raise RuntimeError("The answer is complete already.")
        if self.started:
            self._write(message.get("body", b""), last=not message.get("more_body", False))
        else:
            if self._expects_continue and not self.whole:
                self.keep_alive = False  # nobody can tell whether the body will come, or the next request
            self._expects_continue = False
            self._head = self._head_of(message["status"], message.get("headers", ()))
            self.started = True

    def _head_of(self, status: int, headers: Sequence[Header]) -> bytes:
        head = _STATUS_LINE[status] + self._side.common_head()
        length = None
        lines = head.count(b"\n") + len(headers)
        for name, value in headers:
            head += b"%s: %s\r\n" % (name, value)
            if name == b"content-length":
                length = int(value)
            elif name == b"connection":
                self.keep_alive = self.keep_alive and value != b"close"
        if head.count(b"\n") != lines:
            raise RuntimeError("A header of the answer holds a line break.")
        if not self.keep_alive and _CLOSE not in head:
            head += _CLOSE
        if self._has_body(status):
            self._left = length
            if length is None and self.scope["http_version"] != "1.0":
                self._chunked = True
                head += _CHUNKED
        return head + b"\r\n"

    def _has_body(self, status: int) -> bool:
        return self.scope["method"] != "HEAD" and status not in _NO_BODY

    def _write(self, body: bytes, *, last: bool) -> None:
        head, self._head = self._head, b""
        if head and len(body) > _SMALL:
            self._transport.write(head)
            head = b""
        self._transport.write(head + self._framed(body, last=last))
        if last:
            self._end()

    def _framed(self, body: bytes, *, last: bool) -> bytes:
        """`body` as it goes over the wire."""
        if self._chunked:
            chunk = b"%x\r\n%s\r\n" % (len(body), body) if body else b""
            return chunk + b"0\r\n\r\n" if last else chunk
        if self.scope["method"] == "HEAD":
            return b""
        if self._left is not None:
            self._left -= len(body)
        return body

    def _end(self) -> None:
        if self._left:
            raise RuntimeError("The answer's body is not as long as its content-length says.")
        self.response_complete = True
        self._tell()
        if not self.keep_alive:
            self._side.close()
        self._side.on_response_complete()
