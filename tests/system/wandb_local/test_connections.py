"""Callers that hold connections without using them keep no other out."""

import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

import wandb_local
from wandb_local.limits import Limits
from wandb_local.server import Settings, prepared

QUICK = Limits(connections=20, head_seconds=0.5, body_seconds=0.5, answer_seconds=0.5)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[wandb_local.RunningServer]:
    """A server of little patience."""
    with prepared(Settings(tmp_path / "data", limits=QUICK)) as ready:
        thread = threading.Thread(target=ready.run)
        thread.start()
        yield ready.running
        ready.stop()
        thread.join()


def opened(server: wandb_local.RunningServer, sent: bytes) -> socket.socket:
    address = urlsplit(server.url)
    connection = socket.create_connection((str(address.hostname), int(address.port or 0)), timeout=300)
    connection.sendall(sent)
    return connection


def until_closed(connection: socket.socket) -> bytes:
    """What comes until the server closes the connection; fails after 30 s."""
    received = b""
    with suppress(ConnectionResetError):
        while chunk := connection.recv(65536):
            received += chunk
    return received


def send_until_closed(connection: socket.socket, sent: bytes, pause: float) -> None:
    """Send again and again until the server closes the connection; fails after 30 s."""
    deadline = time.monotonic() + 300
    with suppress(ConnectionResetError, BrokenPipeError):
        while True:
            connection.sendall(sent)
            time.sleep(pause)
            assert time.monotonic() < deadline


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST /graphql HTTP/1.1\r\nContent-Le"]
)
def test_heads_that_never_end_keep_nobody_out(tmp_path: Path, sent: bytes) -> None:
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert most >= 2000
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(files, 2000), most))
    with wandb_local.running(tmp_path / "data") as server, ExitStack() as stack:
        for _ in range(520):
            stack.enter_context(opened(server, sent))
        begun = time.monotonic()
        answer = httpx.post(
            f"{server.url}/graphql",
            auth=("api", server.api_key),
            json={"query": "query Viewer { viewer { entity } }"},
        )
        assert (answer.status_code, time.monotonic() - begun < 5) == (200, True)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))


def test_a_head_that_never_ends_is_given_up(server: wandb_local.RunningServer) -> None:
    with opened(server, b"GET / HTTP/1.1\r\nHost: x\r\n") as connection:
        assert until_closed(connection) == b""


def test_bytes_behind_a_refused_request_do_not_hold_the_connection(server: wandb_local.RunningServer) -> None:
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    with opened(server, head) as connection:
        assert b" 401 " in connection.recv(65536)
        send_until_closed(connection, b"x", 0.05)


@pytest.mark.parametrize("pause", [0.05, 60])
def test_a_body_that_comes_too_slowly_is_refused(server: wandb_local.RunningServer, pause: float) -> None:
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.api_key}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
    )
    with opened(server, head.encode()) as connection:
        done = threading.Event()

        def trickle() -> None:
            while not done.wait(pause):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

        thread = threading.Thread(target=trickle)
        thread.start()
        answer = until_closed(connection)
        done.set()
        thread.join()
    assert b"408 Request Timeout" in answer
    assert b"too slowly" in answer


def test_an_answer_that_is_never_read_is_given_up(server: wandb_local.RunningServer) -> None:
    size = 20_000_000  # more than the sockets of both sides hold
    ask = "mutation %s($i: I!) { %s(input: $i) { %s } }"
    client = httpx.Client(base_url=server.url, auth=("api", server.api_key))

    def change(mutation: str, fields: str, **given: object) -> dict[str, Any]:
        asked = {
            "query": ask % (mutation[0].upper() + mutation[1:], mutation, fields),
            "variables": {"i": given},
        }
        answer: dict[str, Any] = client.post("/graphql", json=asked).json()["data"][mutation]
        return answer

    with client:
        change("upsertBucket", "inserted", name="r", modelName="p")
        made = change(
            "createRunFiles", "files { uploadUrl directUrl }", projectName="p", runName="r", files=["x"]
        )
        (file,) = made["files"]
        client.put(file["uploadUrl"], content=b"x" * size)
        path = file["directUrl"].removeprefix(server.url)
        whole = client.get(path).content
    with opened(server, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()) as connection:
        time.sleep(4 * QUICK.answer_seconds)  # the caller's own slowness
        assert (len(whole), len(until_closed(connection)) < size) == (size, True)


def test_those_at_work_are_never_closed_for_others(server: wandb_local.RunningServer) -> None:
    body = b'{"query": "query Viewer { viewer { entity } }"}'
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.api_key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with ExitStack() as stack:
        at_work = stack.enter_context(opened(server, head.encode()))
        httpx.get(f"{server.url}/healthz")  # answered behind it, so it has begun
        for _ in range(60):
            stack.enter_context(opened(server, b""))
        at_work.sendall(body)
        assert b"200 OK" in at_work.recv(65536)
