"""A process that is told to stop says so first, answers what it has taken, and ends with status 0."""

import contextlib
import json
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest

from support.artifacts.releases import Folders
from support.clients.load import GOOD, Load, terminate_under_load
from support.processes import Process, Start

TERMINATIONS = 10
BODY = json.dumps(GOOD).encode()
HEAD = (
    b"POST /predict HTTP/1.1\r\nhost: fraud\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
)


def settings(folders: Folders, module: str) -> dict[str, object]:
    own: dict[str, object] = {"MODEL_DIR": folders.model}
    return own if module == "fraud_predictor" else own | {"PREPROCESSOR_DIR": folders.preprocessor}


@contextlib.contextmanager
def half_sent(process: Process) -> Iterator[socket.socket]:
    """A connection whose request is in the middle of its body."""
    with socket.create_connection(("127.0.0.1", process.http_port), timeout=300) as client:
        client.sendall(HEAD % len(BODY) + BODY[:10])
        time.sleep(0.2)  # nothing shows from outside that it was read
        yield client


def answer(client: socket.socket) -> bytes:
    parts = []
    while part := client.recv(65536):
        parts.append(part)
    return b"".join(parts)


def not_ready_any_more(process: Process) -> None:
    deadline = time.monotonic() + 240
    while httpx.get(process.ready_url, timeout=240).status_code == 200:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("module", ["fraud_predictor", "fraud_standalone"])
def test_while_it_lingers_it_is_not_ready_and_answers_each_connection_once_more(
    start: Start, folders: Folders, module: str
) -> None:
    process = start(module, LINGER=2, **settings(folders, module))
    process.wait_ready()
    probe = f"http://127.0.0.1:{process.http_port}/v2/models/fraud/ready"
    with httpx.Client(timeout=240) as client:
        assert "connection" not in client.get(probe).headers
        process.popen.terminate()
        not_ready_any_more(process)
        told = client.get(probe)
        assert (503, "close") == (told.status_code, told.headers["connection"])
        if module == "fraud_standalone":
            served = client.post(f"{process.url}/predict", json=GOOD)
            assert (200, "close") == (served.status_code, served.headers["connection"])
    process.popen.communicate(timeout=300)
    assert process.popen.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_answers_half_sent_requests_and_closes_idle_connections(
    start: Start, folders: Folders, number: signal.Signals
) -> None:
    process = start("fraud_standalone", **settings(folders, "fraud_standalone"))
    process.wait_ready()
    with half_sent(process) as client, socket.create_connection(("127.0.0.1", process.http_port)):
        process.popen.send_signal(number)
        time.sleep(0.5)  # past the closing of the listening sockets
        client.sendall(BODY[10:])
        told = answer(client)
    assert told.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nconnection: close\r\n" in told
    process.popen.communicate(timeout=240)
    assert process.popen.returncode == 0


def test_no_request_is_lost_over_many_terminations_under_load(start: Start, folders: Folders) -> None:
    predictor = start("fraud_predictor", MODEL_DIR=folders.model)
    more = {"fraud_transformer": {"PREDICTOR": f"127.0.0.1:{predictor.grpc_port}"}, "fraud_standalone": {}}
    modules = ("fraud_transformer", "fraud_standalone") * (TERMINATIONS // 2)
    moments = np.random.default_rng().uniform(0, 0.3, TERMINATIONS)

    def terminated(module: str, after: float) -> Load:
        process = start(module, LINGER=1, **more[module], **settings(folders, module))
        process.wait_ready(60)
        return terminate_under_load(process, after)

    with ThreadPoolExecutor(2) as two_at_once:
        loads = list(two_at_once.map(terminated, modules, moments))
    assert [[]] * TERMINATIONS == [each.lost for each in loads]
    assert [0] * TERMINATIONS == [each.process.popen.returncode for each in loads]
    answers = sum((each.answers for each in loads), Counter[str]())
    assert {"http 200", "grpc 200", "last"} == set(answers)
