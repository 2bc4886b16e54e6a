"""Whatever is sent, however much or slowly: an answer that says so, a live process, bounded memory."""

import contextlib
import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import httpx
import pytest

from benchmarks.hostile.usage import Usage
from support.artifacts.releases import Folders
from support.clients.load import GOOD
from support.processes import Process, started

MIB = 1 << 20
BODY = json.dumps(GOOD).encode()
HEAD = b"POST /predict HTTP/1.1\r\nhost: fraud\r\ncontent-length: %d\r\n\r\n"
CHUNKED = b"POST %s HTTP/1.1\r\nhost: fraud\r\ntransfer-encoding: chunked\r\n\r\n"
WAIT = 120
"""Seconds for what takes two on a quiet machine."""


@pytest.fixture(scope="module")
def limited(folders: Folders) -> Iterator[Process]:
    """A process whose limits are low enough to be reached in a test."""
    with started() as start:
        process = start(
            "fraud_standalone",
            MODEL_DIR=folders.model,
            PREPROCESSOR_DIR=folders.preprocessor,
            MAX_ROWS=3,
            MAX_BODY=4_000,
            MAX_ARRIVING=6_000,
            MAX_HEAD=2_000,
            MAX_CONNECTIONS=40,
            HEAD_TIMEOUT=2,
            BODY_TIMEOUT=2,
        )
        process.wait_ready()
        yield process


@contextlib.contextmanager
def connected(process: Process) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", process.http_port), timeout=WAIT) as client:
        yield client


def answer(client: socket.socket) -> tuple[int, str]:
    """Status and code of what comes until the server closes; 0 where it closes without an answer.

    Whoever gives the answer, a route or the connection: it names its release.
    """
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while part := client.recv(65536):
            received += part
    if not received:
        return 0, ""
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"\r\nx-fraud-release: fraud-" in head
    return int(head[9:12]), json.loads(body)["code"]


def send_all(client: socket.socket, data: bytes, amount: int) -> int:
    """Bytes that could be sent of `amount`, before the server closed."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < amount:
            client.sendall(data)
            sent += len(data)
    return sent


def memory(process: Process) -> float:
    """Resident bytes."""
    return Usage(process.popen.pid).resident() * MIB


@contextlib.contextmanager
def spending(process: Process) -> Iterator[dict[str, float]]:
    """What the process spends meanwhile: `bytes` resident beyond those before, at most, and CPU `seconds`."""
    usage = Usage(process.popen.pid)
    usage.reset_peak()
    before, start = memory(process), usage.cpu()
    spent: dict[str, float] = {}
    yield spent
    spent |= {"bytes": usage.peak() * MIB - before, "seconds": usage.cpu() - start}


@contextlib.contextmanager
def watched(process: Process) -> Iterator[list[float]]:
    """Seconds that liveness took meanwhile."""
    took: list[float] = []
    ended = threading.Event()

    def probe() -> None:
        with httpx.Client(timeout=WAIT) as client:
            while not (took and ended.wait(0.02)):
                start = time.perf_counter()
                assert client.get(process.ready_url.replace("/ready", "/live")).status_code == 200
                took.append(time.perf_counter() - start)

    with ThreadPoolExecutor(1) as pool:
        probing = pool.submit(probe)
        try:
            yield took
        finally:
            ended.set()
        probing.result()


def post(process: Process, path: str, content: object) -> tuple[int, str]:
    response = httpx.post(f"{process.url}{path}", json=content, timeout=WAIT)
    return response.status_code, response.json().get("code", "")


@pytest.mark.parametrize(
    ("path", "name"), [("/predict/batch", "transactions"), ("/v1/models/fraud:predict", "instances")]
)
def test_rows(limited: Process, path: str, name: str) -> None:
    assert (200, "") == post(limited, path, {name: [GOOD] * 3})
    assert (413, "too_large") == post(limited, path, {name: [GOOD] * 4})


def test_rows_as_tensors(limited: Process) -> None:
    values = {
        "amt": ("FP64", 9.5),
        "hour": ("INT64", 3),
        "day_of_week": ("INT64", 3),
        "category": ("BYTES", "x"),
    }

    def tensors(rows: int) -> object:
        return {
            "inputs": [
                {"name": name, "datatype": datatype, "shape": [rows], "data": [value] * rows}
                for name, (datatype, value) in values.items()
            ]
        }

    assert (200, "") == post(limited, "/v2/models/fraud/infer", tensors(3))
    assert (413, "too_large") == post(limited, "/v2/models/fraud/infer", tensors(4))


@pytest.mark.parametrize(
    "path", ["/predict", "/predict/batch", "/v1/models/fraud:predict", "/v2/models/fraud/infer"]
)
@pytest.mark.parametrize("opening", [b"[", b'{"inputs":[{"name":"amt","data":['], ids=["list", "tensor"])
def test_nesting(standalone: Process, path: str, opening: bytes) -> None:
    body = opening + b"[" * 500_000
    response = httpx.post(f"{standalone.url}{path}", content=body, timeout=WAIT)
    assert (413, "too_large") == (response.status_code, response.json()["code"])
    response = httpx.post(f"{standalone.url}{path}", content=opening + b"[" * 50_000, timeout=WAIT)
    assert (400, "malformed") == (response.status_code, response.json()["code"])


def test_a_body_that_is_announced_too_large_is_refused_before_it_is_sent(standalone: Process) -> None:
    with connected(standalone) as client:
        client.sendall(HEAD % (57 * MIB))
        assert (413, "too_large") == answer(client)


@pytest.mark.parametrize("path", [b"/predict", b"/nowhere"])
def test_a_stream_without_end_is_cut_off_in_bounded_memory(standalone: Process, path: bytes) -> None:
    before = memory(standalone)
    with watched(standalone) as took, connected(standalone) as client:
        client.sendall(CHUNKED % path)
        sent = send_all(client, b"10000\r\n" + b" " * 65536 + b"\r\n", 1024 * MIB)
    assert sent < 64 * MIB
    assert memory(standalone) - before < 64 * MIB
    assert median(took) < 5


@pytest.mark.parametrize(
    "endless",
    [
        b"x-more: " + b"y" * 1000 + b"\r\n",
        b"y" * 1000,
    ],
    ids=["headers", "one header"],
)
def test_a_head_without_end(limited: Process, endless: bytes) -> None:
    before = memory(limited)
    with connected(limited) as client:
        client.sendall(b"GET / HTTP/1.1\r\nx-first: ")
        assert send_all(client, endless, 256 * MIB) < 64 * MIB
    assert memory(limited) - before < 32 * MIB


def test_a_head_beyond_the_limit_is_refused(limited: Process) -> None:
    with connected(limited) as client:
        client.sendall(b"GET / HTTP/1.1\r\nx-much: ")
        with contextlib.suppress(ConnectionError):
            for _ in range(8):
                client.sendall(b"y" * 500)
                time.sleep(0.05)  # so that it takes more than one read
        assert (431, "head_too_large") == answer(client)


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"POST /nowhere HTTP/1.1\r\nhost: fraud\r\n", b"404"),
        (b"POST /predict HTTP/1.1\r\nhost: fraud\r\ncontent-encoding: br\r\n", b"415"),
        (b"PUT /predict HTTP/1.1\r\nhost: fraud\r\n", b"405"),
    ],
)
def test_a_large_unread_body_leaves_the_connection_in_use(
    standalone: Process, head: bytes, told: bytes
) -> None:
    with connected(standalone) as client:
        client.sendall(head + b"content-length: %d\r\n\r\n" % (MIB // 2))
        received = client.recv(65536)
        assert received.startswith(b"HTTP/1.1 " + told)
        client.sendall(b" " * (MIB // 2) + HEAD % len(BODY) + BODY)
        while b"HTTP/1.1 200 " not in received:
            received += (part := client.recv(65536))
            assert part


def test_trailers_without_end(limited: Process) -> None:
    with connected(limited) as client:
        client.sendall(CHUNKED % b"/predict" + b"2\r\n{}\r\n0\r\n")
        assert send_all(client, b"x-more: " + b"y" * 1000 + b"\r\n", 256 * MIB) < 64 * MIB


def test_a_slow_head(limited: Process) -> None:
    with connected(limited) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost")
        assert (408, "request_timeout") == answer(client)


def test_a_slow_head_on_a_kept_connection(limited: Process) -> None:
    with connected(limited) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: fraud\r\n\r\n")
        told = b""
        while not told.endswith(b"}"):
            told += client.recv(65536)
        assert told.startswith(b"HTTP/1.1 200 ")
        client.sendall(b"GET / HTTP/1.1\r\nhost")
        assert (408, "request_timeout") == answer(client)


@pytest.mark.parametrize("begun", [b"{", b""])
def test_a_slow_body(limited: Process, begun: bytes) -> None:
    with connected(limited) as client:
        client.sendall(HEAD % 100 + begun)
        assert (408, "request_timeout") == answer(client)


def test_a_length_with_many_zeros_is_the_same_length(standalone: Process) -> None:
    with connected(standalone) as client:
        head = HEAD.replace(b"%d", b"0" * 5_000 + b"%d").replace(b"host", b"connection: close\r\nhost")
        client.sendall(head % len(BODY) + BODY)
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_bodies_that_arrive_slowly_together_have_a_limit_and_others_are_answered(limited: Process) -> None:
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connected(limited)) for _ in range(2)]
        for client in clients:
            client.sendall(HEAD % 3_900 + b" " * 3_800)
        assert (200, "") == post(limited, "/predict", GOOD)
        assert [(408, "request_timeout"), (503, "overloaded")] == sorted(map(answer, clients))


def test_a_connection_on_which_nothing_comes_is_closed(limited: Process) -> None:
    with connected(limited) as client:
        assert (0, "") == answer(client)


def test_bytes_that_are_no_http_are_refused_in_json(limited: Process) -> None:
    with connected(limited) as client:
        client.sendall(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        assert (400, "malformed") == answer(client)


def test_connections_beyond_the_limit_are_refused_and_served_again_when_there_is_room(
    limited: Process,
) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(connected(limited)).sendall(HEAD % len(BODY) + b"{")
        with connected(limited) as one_more:
            one_more.sendall(HEAD % len(BODY) + BODY)
            assert (503, "overloaded") == answer(one_more)
        assert httpx.get(limited.ready_url, timeout=WAIT).status_code == 200
    deadline = time.monotonic() + WAIT
    while post(limited, "/predict", GOOD) != (200, ""):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_connections_that_rest_make_room_the_oldest_first(limited: Process) -> None:
    with contextlib.ExitStack() as stack:
        resting = [stack.enter_context(connected(limited)) for _ in range(40)]
        for client in resting:
            client.sendall(HEAD % len(BODY) + BODY)
            assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
        for _ in range(3):
            client = stack.enter_context(connected(limited))
            client.sendall(HEAD % len(BODY) + BODY)
            assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
        assert b"" == resting[0].recv(1)
        resting[-1].sendall(HEAD % len(BODY) + BODY)
        assert resting[-1].recv(65536).startswith(b"HTTP/1.1 200 ")


def test_slow_and_idle_connections_leave_liveness_fast_and_payments_answered(standalone: Process) -> None:
    before = memory(standalone)
    with contextlib.ExitStack() as stack:
        for number in range(600):
            client = stack.enter_context(connected(standalone))
            if number % 3 == 1:
                client.sendall(b"POST /predict HTTP/1.1\r\nhost: f")
            if number % 3 == 2:
                client.sendall(HEAD % 1000 + b"{")
        with watched(standalone) as took:
            for _ in range(20):
                assert (200, "") == post(standalone, "/predict", GOOD)
    assert median(took) < 5
    assert memory(standalone) - before < 64 * MIB


def many(opening: str, unit: str, closing: str) -> bytes:
    """1 MiB of units."""
    times = (MIB - len(opening) - len(closing)) // (len(unit) + 1)
    return f"{opening}{','.join([unit] * times)}{closing}".encode()


ROW = '{"amt":1,"hour":1.0,"day_of_week":1,"category":"shopping"}'
HOSTILE = {
    "empty rows": ("/predict/batch", many('{"transactions":[', "{}", "]}"), "", 413),
    "lists in a payment": ("/predict", many('{"amt":[', "[]", "]}"), "", 413),
    "names of a payment": ("/predict", many("{", '"a":1', "}"), "", 413),
    "empty instances": ("/v1/models/fraud:predict", many('{"instances":[', "[]", "]}"), "", 413),
    "a long column": ("/predict/batch", many('{"columns":{"amt":[', "{}", "]}}"), "", 413),
    "data of a tensor": (
        "/v2/models/fraud/infer",
        many('{"inputs":[{"name":"amt","datatype":"FP64","shape":[1],"data":[', "{}", "]}]}"), "", 413,
    ),
    "outputs": (
        "/v2/models/fraud/infer", many('{"outputs":[', '{"name":"decision"}', '],"inputs":[]}'), "", 413,
    ),
    "rows that are taken": ("/predict/batch", many('{"transactions":[', ROW, "]}"), "", 200),
    "lines that are none": ("/predict/batch", b"x\n" * (MIB // 2), "application/x-ndjson", 200),
    "blank lines": ("/predict/batch", b"\n" * MIB, "application/x-ndjson", 400),
}  # fmt: skip


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("case", HOSTILE.values(), ids=HOSTILE)
def test_whatever_one_body_holds_it_costs_little_memory_and_time(
    standalone: Process, case: tuple[str, bytes, str, int], encoding: str
) -> None:
    path, body, kind, status = case
    content = gzip.compress(body) if encoding == "gzip" else body
    headers = {"content-type": kind or "application/json", "content-encoding": encoding}
    with spending(standalone) as spent:
        response = httpx.post(f"{standalone.url}{path}", content=content, headers=headers, timeout=WAIT)
    assert status == response.status_code
    assert spent["bytes"] < 64 * MIB
    assert spent["seconds"] < 1  # 0.3 on a machine of its own
    assert (200, "") == post(standalone, "/predict", GOOD)
