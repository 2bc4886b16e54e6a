"""Requests that a client sends behind another one: answered in order, in their turn, and held as bytes."""

import asyncio
import gc
from typing import Any

from fraud_serving.http.asgi import Receive, Send
from fraud_serving.http.cycle import ABORT, Cycle
from support.servers.connections import (
    GET,
    LIMITS,
    POST,
    answer,
    gate,
    paths,
    read_answer,
    served,
)


async def test_thousands_of_pipelined_requests_are_answered_in_order() -> None:
    wanted = [b"/%d" % number for number in range(5_000)]
    async with served(paths) as connect:
        reader, writer = await connect()
        writer.write(b"".join(b"GET %s HTTP/1.1\r\nhost: test\r\n\r\n" % each for each in wanted))
        assert [(200, each) for each in wanted] == [await read_answer(reader) for _ in wanted]


async def test_pipelined_requests_of_one_connection_count_as_one_pending_request() -> None:
    async with gate() as (app, arrived, may), served(app) as connect:
        _, impatient = await connect()
        impatient.write(GET * 200)
        await arrived.acquire()
        reader, writer = await connect()
        writer.write(POST)
        await arrived.acquire()
        for _ in range(2):
            may.release()
        assert (200, b"/") == await read_answer(reader)


async def test_reading_is_paused_while_pipelined_requests_wait() -> None:
    async with gate() as (app, arrived, may), served(app) as connect:
        reader, writer = await connect()
        sent = 0
        for _ in range(200):
            while writer.transport.get_write_buffer_size() < 1 << 16:
                writer.write(GET * 2_000)
                sent += 2_000 * len(GET)
                await asyncio.sleep(0)
            await arrived.acquire()
            may.release()
            assert (200, b"/") == await read_answer(reader)
        assert sent < 32 << 20  # what the system holds for both sides; else each answer would let more in
        writer.transport.abort()


async def test_an_app_with_requests_behind_its_own_learns_that_its_connection_is_lost() -> None:
    told = asyncio.Queue[str]()

    async def aborting(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        del send
        told.put_nowait((await receive())["type"])
        scope["extensions"][ABORT]()
        told.put_nowait((await receive())["type"])

    async with served(aborting) as connect:
        _, writer = await connect()
        writer.write(GET + GET)
        assert ["http.request", "http.disconnect"] == [await told.get() for _ in range(2)]


def requests_held() -> int:
    """Parsed requests in memory; some may be those of a test before."""
    return sum(isinstance(each, Cycle) for each in gc.get_objects())


async def test_only_some_pipelined_requests_are_held_parsed() -> None:
    before = requests_held()
    counts = list[int]()

    async def counting(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        await receive()
        if scope["path"] == "/count":
            counts.append(requests_held() - before)
        await answer(send, b"/")

    async with served(counting) as connect:
        reader, writer = await connect()
        writer.write((GET * 300 + GET.replace(b"/", b"/count", 1)) * 10)
        assert [(200, b"/")] * 3_010 == [await read_answer(reader) for _ in range(3_010)]
    assert 10 == len(counts)
    assert max(counts) < 25  # those of one piece of 512 bytes, and the line before it


async def test_requests_in_a_line_are_begun_one_in_a_turn_however_many_connections_send_them() -> None:
    loop, turn, begun = asyncio.get_running_loop(), 0, dict[int, list[object]]()

    def next_turn() -> None:
        nonlocal turn
        turn += 1
        loop.call_soon(next_turn)

    async def app(scope: Any, _: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        begun.setdefault(turn, []).append(scope["client"])
        await answer(send, b"")

    async with served(app) as connect:
        opened = [await connect() for _ in range(8)]
        next_turn()
        for _, writer in opened:
            writer.write(GET * 100)
        for reader, _ in opened:
            for _ in range(100):
                assert b"200" in await reader.readuntil(b"\r\n\r\n")

    first, behind = set[object](), list[int]()
    for clients in begun.values():
        behind.append(sum(each in first for each in clients))
        first.update(clients)
    assert 8 * 99 == sum(behind)
    assert 1 == max(behind)


async def test_requests_in_a_line_that_wait_for_their_turn_make_no_server_look_full() -> None:
    async with served(paths) as connect:
        reader, writer = await connect()
        for _ in range(5 * LIMITS.pending):
            _, other = await connect()
            other.write(GET * 200)
        answers = []
        for _ in range(20):
            writer.write(POST)
            answers.append(await read_answer(reader))
    assert answers == [(200, b"/")] * 20
