"""What a connection does for any app: one answer a request, in order, sound HTTP or none."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest

from fraud_serving.addresses import listen
from fraud_serving.connections import ConnectionLimits, Connections
from fraud_serving.cycle import App, Receive, Send
from fraud_serving.http import HttpServer
from fraud_serving.refusals import Refusals

LIMITS: Final = ConnectionLimits(connections=100, head=4_096, head_seconds=5, pending=4)
GET: Final = b"GET / HTTP/1.1\r\nhost: test\r\n\r\n"
POST: Final = b"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 2\r\n\r\n{}"

type Opened = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def served(app: App, idle: float = 75) -> AsyncIterator[Callable[[], Awaitable[Opened]]]:
    """Opens connections to a server of `app`, which closes those that are idle for so many seconds."""
    listener = listen("127.0.0.1", 0, "PORT")
    listener.listen()  # who comes before the server waits
    port = listener.getsockname()[1]
    server = HttpServer(app, listener, Connections(LIMITS, Refusals({})), None, grace=1)
    server.config.timeout_keep_alive = idle  # type: ignore[assignment]  # passed on as it is
    running = asyncio.create_task(server.run_until_stopped())
    writers = []

    async def connect() -> Opened:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writers.append(writer)
        return reader, writer

    try:
        async with asyncio.timeout(20):
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


async def test_thousands_of_requests_in_a_line_are_answered_in_their_order() -> None:
    wanted = [b"/%d" % number for number in range(5_000)]
    async with served(paths) as connect:
        reader, writer = await connect()
        writer.write(b"".join(b"GET %s HTTP/1.1\r\nhost: test\r\n\r\n" % each for each in wanted))
        assert [(200, each) for each in wanted] == [await read_answer(reader) for _ in wanted]


async def test_a_body_in_the_smallest_chunks_arrives_whole() -> None:
    body = bytes(range(256)) * 200
    chunks = b"".join(b"1\r\n%c\r\n" % each for each in body)
    async with served(echo) as connect:
        reader, writer = await connect()
        writer.write(b"POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n")
        writer.write(chunks + b"0\r\n\r\n")
        assert (200, body) == await read_answer(reader)


async def test_who_waits_to_be_told_to_go_on_is_told() -> None:
    async with served(echo) as connect:
        reader, writer = await connect()
        writer.write(b"POST / HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        assert b"HTTP/1.1 100 Continue\r\n\r\n" == await reader.readuntil(b"\r\n\r\n")
        writer.write(b"{}")
        assert (200, b"{}") == await read_answer(reader)


async def test_an_answer_of_unknown_length_goes_out_in_chunks_as_it_is_made() -> None:
    go_on = asyncio.Event()

    async def in_two(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await go_on.wait()
        await send({"type": "http.response.body", "body": b"three"})

    async with served(in_two) as connect:
        reader, writer = await connect()
        writer.write(GET)
        assert b"transfer-encoding: chunked" in await reader.readuntil(b"\r\n\r\n")
        assert b"3\r\none\r\n" == await reader.readexactly(8)
        go_on.set()
        assert b"5\r\nthree\r\n0\r\n\r\n" == await reader.readexactly(15)


async def test_head_is_answered_without_the_body_and_with_its_length() -> None:
    async with served(paths) as connect:
        reader, writer = await connect()
        writer.write(GET.replace(b"GET / ", b"HEAD /long ") + GET)
        assert b"content-length: 5\r\n" in await reader.readuntil(b"\r\n\r\n")
        assert (200, b"/") == await read_answer(reader)


async def failing(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
    raise RuntimeError("a secret")


async def silent(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
    del scope, receive, send


async def smuggling(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
    del scope, receive
    await answer(send, b"", (b"x-name", b"a\r\nx-other: b"))


@pytest.mark.parametrize("app", [failing, silent, smuggling])
async def test_an_app_without_a_sound_answer_costs_its_caller_the_connection(app: App) -> None:
    said = await ask(app, GET)
    assert said.startswith(b"HTTP/1.1 500 ")
    assert said.endswith(b"content-length: 0\r\nconnection: close\r\n\r\n")
    assert b"secret" not in said
    assert b"x-other" not in said


@pytest.mark.parametrize("body", [b"123", b"12345"])
async def test_a_body_of_another_length_than_was_said_ends_the_connection(body: bytes) -> None:
    async def lying(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        del scope, receive
        headers = [(b"content-length", b"4")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    assert (await ask(lying, GET + GET)).count(b"HTTP/1.1") <= 1


async def test_an_app_learns_that_its_caller_is_gone() -> None:
    told = asyncio.Queue[str]()

    async def listening(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        del scope, send
        for _ in range(2):
            told.put_nowait((await receive())["type"])

    async with served(listening) as connect:
        _, writer = await connect()
        writer.write(GET)
        assert "http.request" == await told.get()
        writer.close()
        assert "http.disconnect" == await told.get()


async def test_an_idle_connection_is_closed_and_one_in_use_is_not() -> None:
    async with served(paths, idle=0.2) as connect:
        idle, idle_writer = await connect()
        used, used_writer = await connect()
        idle_writer.write(GET)
        assert (200, b"/") == await read_answer(idle)
        closed = asyncio.create_task(idle.read())
        while not closed.done():
            used_writer.write(GET)
            assert (200, b"/") == await read_answer(used)
            await asyncio.wait([closed], timeout=0.05)
        assert b"" == closed.result()
        used_writer.write(GET)
        assert (200, b"/") == await read_answer(used)


async def test_what_is_too_much_is_refused_and_afterwards_all_are_accepted_again() -> None:
    arrived, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def gated(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        del scope
        await receive()
        arrived.release()
        await go_on.wait()
        await answer(send, b"done")

    async with served(gated) as connect:
        opened = [await connect() for _ in range(LIMITS.pending + 1)]
        for _, writer in opened[:-1]:
            writer.write(POST)
            await arrived.acquire()
        opened[-1][1].write(POST)
        status, _ = await read_answer(opened[-1][0])
        assert 503 == status
        go_on.set()
        assert [(200, b"done")] * 4 == [await read_answer(reader) for reader, _ in opened[:-1]]
        go_on.clear()
        for _, writer in opened[1:]:
            writer.write(POST)
            await arrived.acquire()
        go_on.set()
        assert [(200, b"done")] * 4 == [await read_answer(reader) for reader, _ in opened[1:]]
