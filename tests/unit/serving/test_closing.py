"""How connections end: idle ones, those that take no answer, and those that still send."""

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import pytest

from fraud_serving.http.asgi import Receive, Send
from fraud_serving.http.cycle import IS_CLOSING
from fraud_serving.http.limits import stall
from fraud_serving.http.protocol import HttpProtocol
from support.servers.connections import (
    GET,
    POST,
    answer,
    paths,
    read_answer,
    served,
)


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


@pytest.mark.parametrize("sent", [b"", b"GET / HT", GET], ids=["silent", "half a head", "answered"])
async def test_of_a_closed_connection_nothing_is_left_to_the_garbage_collector(sent: bytes) -> None:
    gc.collect()
    gc.disable()
    others = protocols()
    try:
        async with served(paths) as connect:
            reader, writer = await connect()
            writer.write(sent)
            if sent == GET:
                assert (200, b"/") == await read_answer(reader)
            await until_there_are(others + 1)
            writer.close()
            await until_there_are(others)
    finally:
        gc.enable()


async def until_there_are(count: int) -> None:
    while protocols() != count:  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0.01)


def protocols() -> int:
    return sum(type(each) is HttpProtocol for each in gc.get_objects())


async def test_a_client_that_reads_nothing_of_an_answer_loses_the_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stall, "SECONDS", 0.2)
    is_closing = list[Callable[[], bool]]()

    async def large(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        del receive
        is_closing.append(scope["extensions"][IS_CLOSING])
        await answer(send, bytes(32 << 20))

    async with served(large) as connect:
        _, writer = await connect()
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # of a stream's transport
        writer.write(GET + GET)
        while not (is_closing and is_closing[0]()):  # noqa: ASYNC110 - a transport has no event for its end
            await asyncio.sleep(0.01)
        assert 1 == len(is_closing)


async def test_a_client_that_reads_an_answer_slowly_keeps_the_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stall, "SECONDS", 0.2)
    body = bytes(24 << 20)

    async def large(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        del scope, receive
        await answer(send, body)

    async with served(large) as connect:
        reader, writer = await connect()
        writer.write(GET)
        taken = await reader.readuntil(b"\r\n\r\n")
        taken = b""
        for _ in range(6):
            taken += await reader.readexactly(4 << 20)
            await asyncio.sleep(0.1)  # slow, and not as slow as to be given up
        assert body == taken


async def answer_unread(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
    del scope, receive
    await answer(send, bytes(100_000), (b"connection", b"close"))


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST / HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: 900000\r\n\r\n", 200),
        (b"POST / HTTP/1.1\r\nhost: test\r\nhost: other\r\ncontent-length: 900000\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nhost: test\r\nx: %s\r\n" % bytes(8_192).replace(b"\0", b"x"), 431),
    ],
    ids=["answered", "refused", "head too large"],
)
async def test_an_answer_reaches_a_client_that_still_sends(head: bytes, status: int) -> None:
    async with served(answer_unread) as connect:
        reader, writer = await connect()
        writer.write(head)
        assert b"HTTP/1.1 %d " % status == await reader.readexactly(13)
        for _ in range(9):
            writer.write(bytes(100_000))
            await writer.drain()
        assert (await reader.read()).endswith(b"}" if status != 200 else bytes(10))


async def test_a_client_that_sends_on_for_ever_is_reset() -> None:
    async def send_on(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(bytes(100_000))
            await writer.drain()

    async with served(answer_unread) as connect:
        _, writer = await connect()
        writer.write(POST.replace(b"content-length: 2", b"connection: close\r\ncontent-length: 900000000"))
        with pytest.raises(ConnectionError):
            await send_on(writer)
