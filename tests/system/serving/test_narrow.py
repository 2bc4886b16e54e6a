"""Limits on rows, requests and messages, over each protocol: refused beyond, answered within."""

import contextlib
import http.client
import json
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import grpc
import httpx
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from support.artifacts.offline import columns
from support.artifacts.releases import Folders
from support.clients.load import GOOD
from support.clients.raw_inputs import TENSORS, raw_columns, raw_request
from support.clients.streams import stream
from support.processes import Process, started
from support.servers.transformers import start_transformer
from support.waiting import eventually

MAX_REQUESTS = 4
MAX_ROWS = 50
"""As many as the golden rows, which a transformer sends at its start, within all limits on rows."""
MAX_EXPLAINED = 2
MAX_MESSAGE = 4_096
LINE = json.dumps(GOOD).encode()
HEAD = b"POST /predict HTTP/1.1\r\nhost: fraud\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(LINE)
WAIT = 60
"""Seconds for what takes none on a quiet machine."""

Told = tuple[int | grpc.StatusCode, str]
"""Status and, over HTTP, code."""
Ask = Callable[[Process, int, bool], Told]
"""Sends that many rows, to be explained or not."""


@dataclass(frozen=True)
class Narrow:
    """A transformer whose limits are low, and its predictor."""

    predictor: Process
    transformer: Process

    @contextlib.contextmanager
    def without_scores(self) -> Iterator[None]:
        """Requests wait for the predictor as long as the context lasts."""
        # A channel that gave up on it, when it was stopped before, would refuse them at once.
        eventually(lambda: (200, "") == post(self.transformer, "/predict", GOOD), seconds=WAIT)
        self.predictor.popen.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.predictor.popen.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def narrow(folders: Folders) -> Iterator[Narrow]:
    with started() as start:
        predictor = start("fraud_predictor", MODEL_DIR=folders.model)
        transformer = start_transformer(
            start,
            folders,
            predictor.grpc_port,
            DEADLINE=WAIT,
            MAX_REQUESTS=MAX_REQUESTS,
            MAX_ROWS=MAX_ROWS,
            MAX_EXPLAINED=MAX_EXPLAINED,
            MAX_MESSAGE=MAX_MESSAGE,
            MAX_QUEUE=MAX_ROWS,
            BATCH_ROWS=MAX_ROWS,
        )
        for each in (predictor, transformer):
            each.wait_ready()
        yield Narrow(predictor, transformer)


def told(response: httpx.Response) -> Told:
    length = int(response.headers.get("inference-header-content-length", len(response.content)))
    return response.status_code, json.loads(response.content[:length]).get("code", "")


def post(process: Process, path: str, content: object, *, explain: bool = False) -> Told:
    query = {"explain": "true"} if explain else {}
    return told(httpx.post(f"{process.url}{path}", json=content, params=query, timeout=2 * WAIT))


def in_rows(process: Process, rows: int, explain: bool = False) -> Told:
    return post(process, "/predict/batch", {"transactions": [GOOD] * rows}, explain=explain)


def in_columns(process: Process, rows: int, explain: bool) -> Told:
    return post(process, "/predict/batch", {"columns": columns([GOOD] * rows)}, explain=explain)


def v1(process: Process, rows: int, explain: bool) -> Told:
    return post(process, "/v1/models/fraud:predict", {"instances": [GOOD] * rows}, explain=explain)


def v2_json(process: Process, rows: int, explain: bool) -> Told:
    datatypes = {name: datatype for name, (datatype, _) in TENSORS.items()} | {"category": "BYTES"}
    inputs = [
        {"name": name, "datatype": datatypes[name], "shape": [rows], "data": values}
        for name, values in columns([GOOD] * rows).items()
    ]
    return post(process, "/v2/models/fraud/infer", {"inputs": inputs, "parameters": {"explain": explain}})


def v2_binary(process: Process, rows: int, explain: bool) -> Told:
    body, headers = raw_request(raw_columns([GOOD] * rows), rows, explain=explain)
    url = f"{process.url}/v2/models/fraud/infer"
    return told(httpx.post(url, content=body, headers=headers, timeout=WAIT))


def over_grpc(process: Process, rows: int, explain: bool) -> Told:
    with grpc.insecure_channel(f"127.0.0.1:{process.grpc_port}") as channel:
        return status(infer(channel, tensors(rows, explain=explain))), ""


def tensors(rows: int = 1, *, explain: bool = False, padding: int = 0) -> pb.ModelInferRequest:
    request = pb.ModelInferRequest(model_name="fraud")
    request.parameters["padding"].string_param = "x" * padding
    request.parameters["explain"].bool_param = explain
    for name, (datatype, content) in raw_columns([GOOD] * rows).items():
        request.inputs.add(name=name, datatype=datatype, shape=[rows])
        request.raw_input_contents.append(content)
    return request


def infer(channel: grpc.Channel, request: pb.ModelInferRequest) -> grpc.Future:
    return stubs.GRPCInferenceServiceStub(channel).ModelInfer.future(request, timeout=2 * WAIT)


def status(call: grpc.Future) -> grpc.StatusCode:
    call.exception()  # waits for its end
    code: grpc.StatusCode = call.code()
    return code


HTTP: tuple[Ask, ...] = (in_rows, in_columns, v1, v2_json, v2_binary)
PROTOCOLS = [
    *(pytest.param(ask, (200, ""), (413, "too_large"), id=ask.__name__) for ask in HTTP),
    pytest.param(
        over_grpc, (grpc.StatusCode.OK, ""), (grpc.StatusCode.RESOURCE_EXHAUSTED, ""), id="over_grpc"
    ),
]


@pytest.mark.parametrize(("ask", "answered", "refused"), PROTOCOLS)
def test_rows(narrow: Narrow, ask: Ask, answered: Told, refused: Told) -> None:
    assert answered == ask(narrow.transformer, MAX_ROWS, False)
    assert refused == ask(narrow.transformer, MAX_ROWS + 1, False)


@pytest.mark.parametrize(("ask", "answered", "refused"), PROTOCOLS)
def test_rows_to_explain(narrow: Narrow, ask: Ask, answered: Told, refused: Told) -> None:
    assert answered == ask(narrow.transformer, MAX_EXPLAINED, True)
    assert refused == ask(narrow.transformer, MAX_EXPLAINED + 1, True)


async def test_a_stream_may_have_any_number_of_rows(narrow: Narrow) -> None:
    rows = 3 * MAX_ROWS
    lines = await stream(narrow.transformer, (LINE + b"\n") * rows)
    assert ["approve"] * rows == [each["decision"] for each in lines]


def test_a_grpc_message_beyond_the_limit_is_refused_and_the_channel_goes_on(narrow: Narrow) -> None:
    rest = MAX_MESSAGE - tensors(padding=MAX_MESSAGE // 2).ByteSize() + MAX_MESSAGE // 2
    with grpc.insecure_channel(f"127.0.0.1:{narrow.transformer.grpc_port}") as channel:
        assert grpc.StatusCode.OK == status(infer(channel, tensors(padding=rest)))
        assert grpc.StatusCode.RESOURCE_EXHAUSTED == status(infer(channel, tensors(padding=rest + 1)))
        assert grpc.StatusCode.OK == status(infer(channel, tensors()))


def test_requests_in_work_over_http_have_a_limit_those_whose_body_arrives_among_them(narrow: Narrow) -> None:
    process = narrow.transformer
    with contextlib.ExitStack() as opened:
        arriving = [
            opened.enter_context(socket.create_connection(("127.0.0.1", process.http_port), timeout=WAIT))
            for _ in range(MAX_REQUESTS)
        ]
        for each in arriving:
            each.sendall(HEAD + LINE[:1])
        eventually(lambda: (503, "overloaded") == post(process, "/predict", GOOD), seconds=WAIT)
        for each in arriving:
            each.sendall(LINE[1:])
        answers = [http.client.HTTPResponse(each) for each in arriving]
        for answer in answers:
            answer.begin()
        assert [200] * MAX_REQUESTS == [answer.status for answer in answers]
    assert (200, "") == post(process, "/predict", GOOD)


def test_requests_in_work_over_grpc_have_a_limit(narrow: Narrow) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{narrow.transformer.grpc_port}") as channel:
        with narrow.without_scores():
            calls = [infer(channel, tensors()) for _ in range(MAX_REQUESTS + 1)]
            eventually(lambda: any(each.done() for each in calls), seconds=WAIT)
        codes = sorted((status(each) for each in calls), key=str)
        assert [grpc.StatusCode.OK] * MAX_REQUESTS + [grpc.StatusCode.RESOURCE_EXHAUSTED] == codes
        assert grpc.StatusCode.OK == status(infer(channel, tensors()))


def test_rows_that_wait_for_the_predictor_have_a_limit(narrow: Narrow) -> None:
    process = narrow.transformer

    def waits(clients: ThreadPoolExecutor, rows: int, then: int) -> Future[Told]:
        """A request for so many rows, once as many are queued."""
        path, content = (
            ("/predict", GOOD) if rows == 1 else ("/predict/batch", {"transactions": [GOOD] * rows})
        )
        asked = clients.submit(post, process, path, content)
        eventually(lambda: asked.done() or then == queued(process), seconds=WAIT)
        assert not asked.done()
        return asked

    with ThreadPoolExecutor(3) as clients:
        with narrow.without_scores():
            # One of the first two is with the predictor; the others fill the queue.
            waiting = [clients.submit(post, process, "/predict", GOOD)]
            waiting += [waits(clients, 1, 1), waits(clients, MAX_ROWS - 1, MAX_ROWS)]
            response = httpx.post(f"{process.url}/predict", json=GOOD, timeout=WAIT)
            assert (503, "overloaded") == told(response)
            assert "1" == response.headers["retry-after"]
            assert response.json()["error"].startswith("Too many transactions wait already.")
            assert [False] * 3 == [each.done() for each in waiting]
        assert [(200, "")] * 3 == [each.result() for each in waiting]
    assert (200, "") == post(process, "/predict", GOOD)


def queued(process: Process) -> float:
    """Rows that wait for the predictor, as it tells them."""
    text = httpx.get(process.ready_url.replace("/ready", "/metrics"), timeout=WAIT).text
    line = next(line for line in text.splitlines() if line.startswith("fraud_queue_rows{"))
    return float(line.rpartition(" ")[2])
