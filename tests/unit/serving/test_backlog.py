"""What waits at connections is bounded for all of them together, and costs only those it waits for."""

import asyncio
from dataclasses import replace
from typing import Any, Final

import pytest

from fraud_serving.http.asgi import Receive, Send
from fraud_serving.http.limits import backlog
from fraud_serving.http.limits.backlog import Backlog
from fraud_serving.http.parsing.head_budget import HEADER_COST
from support.servers.connections import GET, LIMITS, POST, answer, paths, read_answer, served

LARGE: Final = bytes(16 << 20)
"""More than the system holds for both sides of a connection."""


class Ended:
    """A transport that counts its ends."""

    def __init__(self) -> None:
        self.aborted = 0

    def abort(self) -> None:
        self.aborted += 1


def test_over_the_budget_the_longest_waiting_connections_are_closed() -> None:
    held = Backlog()
    first, second, third = Ended(), Ended(), Ended()
    held.hold(first, backlog.MAX_BYTES // 2)  # type: ignore[arg-type]  # all that is asked of it
    held.hold(second, 1)  # type: ignore[arg-type]
    held.hold(first, 0)  # type: ignore[arg-type]  # was taken: now the youngest
    held.hold(first, backlog.MAX_BYTES)  # type: ignore[arg-type]
    assert [0, 1] == [first.aborted, second.aborted]
    held.hold(third, 1)  # type: ignore[arg-type]
    assert [1, 1, 0] == [first.aborted, second.aborted, third.aborted]


def test_the_backlog_of_one_connection_alone_closes_no_other() -> None:
    held, only = Backlog(), Ended()
    held.hold(only, 2 * backlog.MAX_BYTES)  # type: ignore[arg-type]
    assert 0 == only.aborted


async def large(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
    await receive()
    await answer(send, LARGE if scope["path"] == "/large" else b"small")


async def untaken(writer: asyncio.StreamWriter, request: bytes) -> None:
    """Send a request and take nothing of its answer."""
    writer.transport.pause_reading()  # type: ignore[attr-defined]  # of a stream's transport
    writer.write(request.replace(b" / ", b" /large ", 1))
    await writer.drain()


async def test_unread_answers_end_at_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "MAX_BYTES", 2 * len(LARGE))
    async with served(large) as connect:
        opened = [await connect() for _ in range(4)]
        for _, writer in opened:
            await untaken(writer, GET)
            reader, asking = await connect()
            asking.write(GET)
            assert (200, b"small") == await read_answer(reader)  # by now the large one was made
            asking.close()
        for _, writer in opened:
            writer.transport.resume_reading()  # type: ignore[attr-defined]
        bodies = await asyncio.gather(*(read_answer(reader) for reader, _ in opened), return_exceptions=True)
        assert bodies[-1] == (200, LARGE)
        assert isinstance(bodies[0], (ConnectionResetError, asyncio.IncompleteReadError))


async def test_connections_that_read_no_answers_do_not_block_others() -> None:
    async with served(large) as connect:
        for _ in range(LIMITS.pending + 1):
            _, writer = await connect()
            await untaken(writer, POST + POST)
        for _ in range(3):
            reader, writer = await connect()
            writer.write(POST)
            assert (200, b"small") == await read_answer(reader)


async def test_many_short_headers_are_too_large_a_head() -> None:
    async with served(paths) as connect:
        for headers, status in ((LIMITS.head // HEADER_COST // 2, 200), (LIMITS.head // HEADER_COST, 431)):
            reader, writer = await connect()
            writer.write(GET[:-2] + b"a:b\r\n" * headers + b"\r\n")
            assert status == (await read_answer(reader))[0]


async def test_unfinished_heads_are_closed_at_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "MAX_BYTES", 80_000)
    async with served(paths, limits=replace(LIMITS, head=32_768)) as connect:
        opened = [await connect() for _ in range(5)]
        for _, writer in opened:
            writer.write(b"GET / HTTP/1.1\r\nhost: test\r\nx-long: " + b"x" * 30_000)
            reader, asking = await connect()
            asking.write(GET)
            assert (200, b"/") == await read_answer(reader)
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await read_answer(opened[0][0])
        opened[-1][1].write(b"\r\n\r\n")
        assert (200, b"/") == await read_answer(opened[-1][0])


async def test_a_request_waits_until_earlier_answers_are_read() -> None:
    asked = list[str]()

    async def noting(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        asked.append(scope["path"])
        await large(scope, receive, send)

    async with served(noting) as connect:
        reader, writer = await connect()
        await untaken(writer, POST + POST.replace(b" / ", b" /next ", 1))
        other, asking = await connect()
        for _ in range(3):
            asking.write(GET)
            assert (200, b"small") == await read_answer(other)
        assert ["/large", "/", "/", "/"] == asked
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert [(200, LARGE), (200, b"small")] == [await read_answer(reader) for _ in range(2)]
        assert "/next" == asked[-1]
