"""Requests that are read with care: offers of other protocols, garbage, trailers, ambiguous heads."""

import asyncio
from typing import Any, Final

import pytest

from fraud_serving.http.asgi import Receive, Send
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
