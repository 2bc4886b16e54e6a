"""Callers that hold connections without using them keep no other out."""

import resource
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

import wandb_local
from support.waiting import eventually
from wandb_local.limits import Limits
from wandb_local.server import Settings, prepared

LONG = 600.0
SHORT = 2.0
"""Seconds for what is tried; all else may take `LONG`, on a machine with other work, too."""
PATIENT = Limits(connections=20, head_seconds=LONG, body_seconds=LONG, answer_seconds=LONG)


@contextmanager
def serving(folder: Path, limits: Limits) -> Iterator[wandb_local.RunningServer]:
    """A server with these limits."""
    with prepared(Settings(folder / "data", limits=limits)) as ready:
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
    """What comes until the server closes the connection; fails after 300 s."""
    received = b""
    with suppress(ConnectionResetError):
        while chunk := connection.recv(65536):
            received += chunk
    return received


def send_until_closed(connection: socket.socket, sent: bytes, pause: float) -> None:
    """Send again and again until the server closes the connection; fails after 300 s."""
    deadline = time.monotonic() + 300
    with suppress(ConnectionResetError, BrokenPipeError):
        while True:
            connection.sendall(sent)
            time.sleep(pause)
            assert time.monotonic() < deadline


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST /graphql HTTP/1.1\r\nContent-Le"]
)
def test_unfinished_heads_do_not_block_others(tmp_path: Path, sent: bytes) -> None:
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert most >= 2000
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(files, 2000), most))
    patient = replace(Limits(), head_seconds=LONG)
    with serving(tmp_path, patient) as server, ExitStack() as stack:
        for _ in range(520):
            stack.enter_context(opened(server, sent))
        answer = httpx.post(
            f"{server.url}/graphql",
            auth=("api", server.api_key),
            json={"query": "query Viewer { viewer { entity } }"},
        )
        assert 200 == answer.status_code
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))


def test_a_head_that_never_ends_is_given_up(tmp_path: Path) -> None:
    impatient = replace(PATIENT, head_seconds=SHORT)
    with (
        serving(tmp_path, impatient) as server,
        opened(server, b"GET / HTTP/1.1\r\nHost: x\r\n") as connection,
    ):
        assert until_closed(connection) == b""


def test_bytes_behind_a_refused_request_do_not_hold_the_connection(tmp_path: Path) -> None:
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"
    impatient = replace(PATIENT, head_seconds=SHORT)
    with serving(tmp_path, impatient) as server, opened(server, head) as connection:
        assert b" 401 " in connection.recv(65536)
        send_until_closed(connection, b"x", 0.05)


def test_a_request_that_says_its_length_twice_ends_its_connection(tmp_path: Path) -> None:
    hidden = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    sent = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"0\r\n\r\n" + hidden
    with serving(tmp_path, PATIENT) as server, opened(server, sent % len(body) + body) as connection:
        received = until_closed(connection)
    assert (b"HTTP/1.1 400 ", 1) == (received[:13], received.count(b"HTTP/1.1 "))


def graphql(server: wandb_local.RunningServer, length: int) -> bytes:
    """The head of a request that holds the key."""
    return (
        f"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.api_key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


@pytest.mark.parametrize("pause", [0.05, 60])
def test_a_body_that_comes_too_slowly_is_refused(tmp_path: Path, pause: float) -> None:
    # What still comes behind the answer may take as long as a head.
    impatient = replace(PATIENT, head_seconds=SHORT, body_seconds=SHORT)
    with serving(tmp_path, impatient) as server, opened(server, graphql(server, 1_000_000)) as connection:
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


SIZE = 20_000_000
"""Bytes of a file, more than the sockets of both sides hold."""


def test_an_answer_that_is_never_read_is_given_up(tmp_path: Path) -> None:
    with serving(tmp_path, replace(PATIENT, answer_seconds=SHORT)) as server:
        path = large_file(server)
        whole = httpx.get(server.url + path).content
        with opened(server, asking(path)) as connection:
            own = connection.getsockname()
            assert b"H" == connection.recv(1)  # it was accepted
            eventually(lambda: own not in [each.raddr for each in psutil.Process().connections()], seconds=30)
            assert (len(whole), len(until_closed(connection)) < SIZE) == (SIZE, True)


def test_answers_that_are_never_read_do_not_block_others(tmp_path: Path) -> None:
    with serving(tmp_path, PATIENT) as server, ExitStack() as stack:
        path = large_file(server)
        for _ in range(PATIENT.connections):
            connection = stack.enter_context(opened(server, asking(path)))
            assert b"H" == connection.recv(1)
        eventually(lambda: answered(server), seconds=60)


def answered(server: wandb_local.RunningServer) -> bool:
    with suppress(httpx.TransportError):  # no place yet: the answers do not fill the sockets
        return httpx.get(f"{server.url}/healthz").status_code == 200
    return False


def asking(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def large_file(server: wandb_local.RunningServer) -> str:
    """A file of `SIZE` that a run has; its path."""
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
        client.put(file["uploadUrl"], content=b"x" * SIZE)
        return str(file["directUrl"]).removeprefix(server.url)


def test_those_at_work_are_never_closed_for_others(tmp_path: Path) -> None:
    body = b'{"query": "query Viewer { viewer { entity } }"}'
    with serving(tmp_path, PATIENT) as server, ExitStack() as stack:
        at_work = stack.enter_context(opened(server, graphql(server, len(body))))
        httpx.get(f"{server.url}/healthz")  # answered behind it, so it has begun
        for _ in range(60):
            stack.enter_context(opened(server, b""))
        at_work.sendall(body)
        assert b"200 OK" in at_work.recv(65536)
