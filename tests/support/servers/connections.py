"""Connections to an HTTP server of any ASGI app, in this process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from fraud_serving.addresses import listen
from fraud_serving.http.asgi import App, Receive, Send
from fraud_serving.http.connections import ConnectionLimits, Connections
from fraud_serving.http.limits.refusals import Refusals
from fraud_serving.http.server import HttpServer

LIMITS: Final = ConnectionLimits(connections=100, head=4_096, head_seconds=5, pending=4)

GET: Final = b"GET / HTTP/1.1\r\nhost: test\r\n\r\n"

POST: Final = b"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\n\r\n{}"

type Opened = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def served(
    app: App, idle: float = 75, limits: ConnectionLimits = LIMITS
) -> AsyncIterator[Callable[[], Awaitable[Opened]]]:
    """Opens connections to a server of `app`, which closes those that are idle for so many seconds."""
    listener = listen("127.0.0.1", 0, "PORT")
    listener.listen()  # who comes before the server waits
    port = listener.getsockname()[1]
    server = HttpServer(app, listener, Connections(limits, Refusals({})), None, grace=1)
    server.config.timeout_keep_alive = idle  # type: ignore[assignment]  # passed on as it is
    running = asyncio.create_task(server.run_until_stopped())
    writers = []

    async def connect() -> Opened:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        return reader, writer

    try:
        async with asyncio.timeout(300):
            yield connect
    finally:
        for each in writers:
            each.close()
        server.stop()
        await running


async def answer(send: Send, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": 200, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": body})


async def paths(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
    await receive()
    await answer(send, scope["path"].encode())


async def echo(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
    del scope
    body, more = b"", True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    await answer(send, body)


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of an answer with a length."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
    return int(head.split()[1]), await reader.readexactly(length)


async def ask(app: App, request: bytes) -> bytes:
    """All that the server says until it closes the connection."""
    async with served(app) as connect:
        reader, writer = await connect()
        writer.write(request)
        return await reader.read()


@asynccontextmanager
async def gate() -> AsyncIterator[tuple[App, asyncio.Semaphore, asyncio.Semaphore]]:
    """An app that tells of each arrival, and answers as often as it may."""
    arrived, may = asyncio.Semaphore(0), asyncio.Semaphore(0)

    async def gated(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        await receive()
        arrived.release()
        await may.acquire()
        await answer(send, scope["path"].encode())

    yield gated, arrived, may
