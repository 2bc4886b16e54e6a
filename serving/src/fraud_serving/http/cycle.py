"""One HTTP request and its answer, between a connection and an ASGI app: uvicorn's, but for odd clients."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from fraud_serving.http.asgi import Message, Scope
from fraud_serving.http.exchange import Responder
from fraud_serving.http.parsing.parser import Head

if TYPE_CHECKING:
    from fraud_serving.http.connection import Connection

ABORT: Final = "fraud.abort"
"""Extension of a request's scope: ends its connection at once, whatever was not taken of its answer."""
IS_CLOSING: Final = "fraud.is_closing"
"""Extension of a request's scope: whether its connection is closed, so that work for it can end."""

_log = logging.getLogger(__name__)
_ASGI: Final = {"version": "3.0", "spec_version": "2.3"}


class Cycle(RequestResponseCycle):
    """Gives old clients no chunks, and closes where nobody can tell whether a body comes.

    What an app sends is checked there: names and values of headers, and the length of the body. An app that
    fails, or ends too early, costs its caller the connection.
    """

    def __init__(self, head: Head, scope: Scope, side: "Connection") -> None:
        super().__init__(
            scope=scope,  # type: ignore[arg-type]  # a plain mapping, as everywhere here
            transport=side.transport,
            flow=side.flow,
            logger=_log,
            access_logger=_log,
            access_log=False,
            default_headers=side.shared.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=head.expects_continue,
            keep_alive=head.keep_alive,
            on_response=side.answered,
        )
        self._side = side
        self.started = False
        """Whether the app has it."""
        self._old = head.version == "1.0"
        if self._old:
            self.chunked_encoding = False  # decided: the body ends with the connection

    def take(self, body: bytes | bytearray) -> int:
        """A further piece of the request's body; returns the bytes that wait for the app."""
        self.body += body
        self.message_event.set()
        return len(self.body)

    def end_body(self) -> None:
        """The request is there as a whole."""
        self.more_body = False
        self.message_event.set()

    def disconnect(self) -> None:
        """The caller is gone."""
        self.disconnected = not self.response_complete
        self.message_event.set()

    def begin(self, responder: Responder) -> None:
        """Have the app answer."""
        del responder  # which answers as a whole
        self.started = True
        run = self.run_asgi(self._side.app)  # type: ignore[arg-type]  # of plain mappings
        task = asyncio.get_running_loop().create_task(run)
        tasks = self._side.shared.tasks
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        task.add_done_callback(self._side.app_ended)

    async def send(self, message: Message) -> None:
        """Send the next part of the answer; raises `RuntimeError` where it makes no sound HTTP."""
        if message["type"] == "http.response.start":
            if self.waiting_for_100_continue and self.more_body:
                self.keep_alive = False  # nobody can tell whether the body will come, or the next request
        elif self._old:
            self.expected_content_length = len(message.get("body", b""))
        await super().send(message)  # type: ignore[arg-type]  # see above


def scope_of(head: Head, transport: asyncio.Transport, **connection: Any) -> Scope:  # noqa: ANN401 - ASGI
    """A request as ASGI has it; `connection` is what it says of server, client and scheme."""
    parsed = httptools.parse_url(head.target)
    raw_path = parsed.path or b"/"
    return {
        "type": "http",
        "asgi": _ASGI,
        "http_version": head.version,
        "method": head.method.decode(),
        "root_path": "",
        "path": unquote(raw_path.decode()),
        "raw_path": raw_path,
        "query_string": parsed.query or b"",
        "headers": head.headers,
        "extensions": {ABORT: transport.abort, IS_CLOSING: transport.is_closing},
        **connection,
    }
