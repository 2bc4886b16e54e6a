"""What a connection does for any app: one answer a request, sound HTTP or none."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from fraud_serving.http.asgi import App, Receive, Send
from fraud_serving.http.parsing.parser import CHUNK_BYTES, CHUNKS
from support.servers.connections import (
    GET,
    LIMITS,
    POST,
    answer,
    ask,
    echo,
    gate,
    paths,
    read_answer,
    served,
)


async def test_a_body_in_the_smallest_chunks_arrives_whole() -> None:
    body = bytes(range(256)) * 200
    chunks = b"".join(b"1\r\n%c\r\n" % each for each in body)
    async with served(echo) as connect:
        reader, writer = await connect()
        writer.write(b"POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n")
        writer.write(chunks + b"0\r\n\r\n")
        assert (200, body) == await read_answer(reader)


@pytest.mark.parametrize(("chunk", "expected"), [(b"x", 400), (b"x" * CHUNK_BYTES, 200)])
async def test_so_many_chunks_have_to_hold_something(chunk: bytes, expected: int) -> None:
    async with served(echo) as connect:
        reader, writer = await connect()
        writer.write(b"POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n")
        writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) * (CHUNKS + 10) + b"0\r\n\r\n")
        assert expected == (await read_answer(reader))[0]


async def test_expect_100_continue_is_answered_before_the_body() -> None:
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


async def cancelled(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
    raise asyncio.CancelledError


@pytest.mark.parametrize("app", [failing, silent, cancelled])
async def test_an_app_without_an_answer_closes_the_connection(app: App) -> None:
    said = await ask(app, GET + GET)
    assert said.startswith(b"HTTP/1.1 500 ")
    assert said.endswith(b"connection: close\r\n\r\nInternal Server Error")
    assert b"secret" not in said


async def test_a_header_with_a_line_break_never_goes_out() -> None:
    assert b"" == await ask(smuggling, GET)


@pytest.mark.parametrize("body", [b"123", b"12345"])
async def test_a_body_that_differs_from_content_length_ends_the_connection(body: bytes) -> None:
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


async def test_overload_is_refused_and_accepted_again_afterwards() -> None:
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


async def test_a_body_that_does_not_begin_times_out() -> None:
    async with served(echo, limits=replace(LIMITS, head_seconds=2)) as connect:
        opened = [await connect(), await connect()]
        for (reader, writer), expect in zip(opened, (b"", b"expect: 100-continue\r\n"), strict=True):
            writer.write(b"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: 9\r\n%s\r\n" % expect)
            if expect:
                assert b"HTTP/1.1 100 Continue\r\n\r\n" == await reader.readuntil(b"\r\n\r\n")
        for reader, _ in opened:
            assert (await reader.read()).startswith(b"HTTP/1.1 408 ")


async def test_a_refusal_instead_of_100_continue_closes_the_connection() -> None:
    async def refusing(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        del scope, receive
        await answer(send, b"no")

    said = await ask(refusing, POST.replace(b"host", b"expect: 100-continue\r\nhost")[:-2])
    assert b"connection: close\r\n" in said
    assert said.endswith(b"no")


async def test_overload_answers_503_instead_of_100_continue_and_drains_large_bodies() -> None:
    async with gate() as (app, arrived, may), served(app) as connect:
        for _ in range(LIMITS.pending):
            _, writer = await connect()
            writer.write(POST)
            await arrived.acquire()
        reader, writer = await connect()
        async with asyncio.timeout(LIMITS.head_seconds / 2):
            writer.write(POST.replace(b"host", b"expect: 100-continue\r\nhost")[:-2])
            assert 503 == (await read_answer(reader))[0]
        reader, writer = await connect()
        body = bytes(10 * LIMITS.head)
        writer.write(b"POST / HTTP/1.1\r\nhost: test\r\ncontent-length: %d\r\n\r\n" % len(body))
        writer.write(body)
        assert 503 == (await read_answer(reader))[0]
        for _ in range(LIMITS.pending + 1):
            may.release()
        writer.write(GET)
        assert (200, b"/") == await read_answer(reader)


async def test_an_answer_of_unknown_length_to_an_old_client_ends_with_the_connection() -> None:
    async def unknown(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await send({"type": "http.response.body", "body": b"two"})

    said = await ask(unknown, b"GET / HTTP/1.0\r\n\r\n")
    assert b"chunked" not in said
    assert said.endswith(b"\r\n\r\nonetwo")
