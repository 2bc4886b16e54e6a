"""What a connection does for any app: one answer a request, in order, sound HTTP or none."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import pytest

from fraud_serving.addresses import listen
from fraud_serving.http.asgi import App, Receive, Send
from fraud_serving.http.connections import ConnectionLimits, Connections
from fraud_serving.http.cycle import ABORT, IS_CLOSING, Cycle
from fraud_serving.http.limits import stall
from fraud_serving.http.limits.refusals import Refusals
from fraud_serving.http.parsing.parser import CHUNK_BYTES, CHUNKS
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


async def test_thousands_of_pipelined_requests_are_answered_in_order() -> None:
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


UPGRADE: Final = (
    b"POST / HTTP/1.1\r\nhost: test\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n"
    b"http2-settings: AAMAAABkAAQCAAAAAAIAAAAA\r\ncontent-length: %d\r\n\r\n"
)


@pytest.mark.parametrize("body", [b"{}", GET], ids=["JSON", "what looks like a request"])
@pytest.mark.parametrize("apart", [False, True])
async def test_upgrade_h2c_is_ignored_and_the_body_stays_a_body(body: bytes, apart: bool) -> None:
    async with served(echo) as connect:
        reader, writer = await connect()
        writer.write(UPGRADE % len(body))
        if apart:
            await asyncio.sleep(0.05)  # so that it takes two reads
        writer.write(body + POST)
        assert [(200, body), (200, b"{}")] == [await read_answer(reader) for _ in range(2)]


async def test_thousands_of_pipelined_upgrades_are_answered() -> None:
    async with served(echo) as connect:
        reader, writer = await connect()
        writer.write(b"GET / HTTP/1.1\r\nhost:test\r\nconnection:upgrade\r\nupgrade:x\r\n\r\n" * 5_000)
        assert [(200, b"")] * 5_000 == [await read_answer(reader) for _ in range(5_000)]


async def test_an_upgrade_with_connection_close_closes_the_connection() -> None:
    said = await ask(paths, UPGRADE.replace(b"Upgrade,", b"close, Upgrade,") % 2 + b"{}")
    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.endswith(b"/")


async def test_connect_is_refused() -> None:
    said = await ask(paths, b"CONNECT test:443 HTTP/1.1\r\nhost: test\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 400 ")


async def test_a_parse_error_is_answered_after_the_answers_before_it() -> None:
    async with gate() as (app, arrived, may), served(app) as connect:
        reader, writer = await connect()
        writer.write(GET + GET + b"\x00garbage\r\n\r\n")
        await arrived.acquire()
        for _ in range(2):
            may.release()
        assert [(200, b"/")] * 2 == [await read_answer(reader) for _ in range(2)]
        assert b"" == await reader.read()


async def test_a_request_followed_by_garbage_is_answered() -> None:
    said = await ask(echo, POST + b"\x00\x00")
    assert (b"HTTP/1.1 200 ", b"{}") == (said[:13], said[-2:])


async def test_an_invalid_chunk_is_refused_without_the_app() -> None:
    head = b"POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n"
    assert (await ask(echo, head + b"2\r\n{}\r\nno number\r\n")).startswith(b"HTTP/1.1 400 ")
    assert (await ask(echo, GET + head + b"2\r\n{}\r\nno number\r\n")).startswith(b"HTTP/1.1 200 ")


async def test_garbage_never_gets_into_an_answer() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def halfway(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        del scope, receive
        headers = [(b"content-length", b"10")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"12345", "more_body": True})
        begun.set()
        await go_on.wait()
        await send({"type": "http.response.body", "body": b"67890"})

    async with served(halfway) as connect:
        reader, writer = await connect()
        writer.write(POST)
        await begun.wait()
        writer.write(b"\x00garbage\r\n\r\n")
        await asyncio.sleep(0.1)  # in which it is read
        go_on.set()
        assert (200, b"1234567890") == await read_answer(reader)


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


async def test_trailers_are_no_headers() -> None:
    async def headers(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        await receive()
        await answer(send, b" ".join(name for name, _ in scope["headers"]))

    async with served(headers) as connect:
        reader, writer = await connect()
        writer.write(b"POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n")
        writer.write(b"2\r\n{}\r\n0\r\nx-fraud-synthetic: token\r\n\r\n")
        assert (200, b"host transfer-encoding") == await read_answer(reader)


async def test_trailers_larger_than_a_head_are_refused_while_nothing_is_answered() -> None:
    async def read(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        while (await receive()).get("more_body"):
            pass
        await answer(send, scope["path"].encode())

    async with served(read) as connect:
        reader, writer = await connect()
        writer.write(b"POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n")
        writer.write(b"x-more: 0123456789\r\n" * (LIMITS.head // 10))
        assert 431 == (await read_answer(reader))[0]
        assert b"" == await reader.read()


async def test_an_answer_of_unknown_length_to_an_old_client_ends_with_the_connection() -> None:
    async def unknown(scope: Any, receive: Receive, send: Send) -> None:  # noqa: ANN401 - ASGI
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await send({"type": "http.response.body", "body": b"two"})

    said = await ask(unknown, b"GET / HTTP/1.0\r\n\r\n")
    assert b"chunked" not in said
    assert said.endswith(b"\r\n\r\nonetwo")


async def test_a_target_that_is_only_a_host_is_its_root() -> None:
    async with served(paths) as connect:
        reader, writer = await connect()
        writer.write(b"GET http://test HTTP/1.1\r\nhost: test\r\n\r\n")
        assert (200, b"/") == await read_answer(reader)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /\r\n\r\n",
        b"GET / HTTP/0.9\r\nhost: test\r\n\r\n",
        b"GET / HTTP/2.0\r\nhost: test\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: test\r\nhost: test\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: one, two\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: test/path\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: [::1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: test:http\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: test:80:80\r\n\r\n",
        b"GET http://other/ HTTP/1.1\r\nhost: test\r\n\r\n",
        b"GET http://user@test/ HTTP/1.1\r\nhost: test\r\n\r\n",
        b"GET ftp://test/ HTTP/1.1\r\nhost: test\r\n\r\n",
        b"GET /predict#batch HTTP/1.1\r\nhost: test\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.0\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /predict%2fbatch HTTP/1.1\r\nhost: test\r\n\r\n",
        b"GET /predict%2Fbatch HTTP/1.1\r\nhost: test\r\n\r\n",
        b"GET /predict%5cbatch HTTP/1.1\r\nhost: test\r\n\r\n",
        b"GET /predict%0a HTTP/1.1\r\nhost: test\r\n\r\n",
        b"GET /predict%00 HTTP/1.1\r\nhost: test\r\n\r\n",
        b"GET /predict%7f HTTP/1.1\r\nhost: test\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: test\r\n\r\n",
    ],
)
async def test_a_head_that_proxies_could_read_otherwise_is_refused(head: bytes) -> None:
    assert (await ask(paths, head)).startswith(b"HTTP/1.1 400 ")
    said = await ask(paths, GET + head)
    assert (b"HTTP/1.1 200 ", b"/") == (said[:13], said[-1:])


@pytest.mark.parametrize("host", [b"test", b"TEST:8080", b"127.0.0.1:80", b"[::1]:80", b""])
async def test_a_host_is_a_name_or_an_address_with_or_without_a_port(host: bytes) -> None:
    said = await ask(paths, b"GET / HTTP/1.0\r\nhost: %s\r\n\r\n" % host)
    assert said.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("target", [b"/a%20b?c=%2f%0a", b"/?x=%00", b"/%e2%82%ac"])
async def test_encoded_octets_of_the_query_are_left_alone(target: bytes) -> None:
    said = await ask(paths, b"GET %s HTTP/1.0\r\n\r\n" % target)
    assert said.startswith(b"HTTP/1.1 200 ")


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
