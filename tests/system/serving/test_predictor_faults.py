"""A predictor that is slow or gone: answers in time, errors or the declared fallback, and back with it."""

import contextlib
import json
import math
import re
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import grpc
import httpx
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from support.artifacts.offline import columns
from support.artifacts.releases import Folders
from support.clients.load import GOOD, tensors
from support.clients.raw_inputs import TENSORS, raw_columns, raw_outputs, raw_request
from support.processes import Process, Start, started
from support.servers.transformers import start_transformer
from support.waiting import eventually

DEADLINE = 3.0
IN_TIME = DEADLINE + 30
"""Seconds for an answer at the deadline, on a machine with other work."""
SOON = 1.0
"""Deadline where each answer is awaited: a predictor that is stopped does not answer within any."""
PENDING = 3


@dataclass
class Faulty:
    """A predictor, and two transformers in front of it: one that answers errors, one that falls back."""

    start: Start
    folders: Folders
    predictor: Process
    strict: Process
    reviewing: Process

    def start_predictor_again(self) -> None:
        port = self.predictor.grpc_port
        self.predictor = self.start("fraud_predictor", MODEL_DIR=self.folders.model, GRPC_PORT=port)
        self.predictor.wait_ready()


@pytest.fixture(scope="module")
def faulty(folders: Folders) -> Iterator[Faulty]:
    with started() as start:
        predictor = start("fraud_predictor", MODEL_DIR=folders.model)

        def transformer(fallback: str, deadline: float) -> Process:
            return start_transformer(
                start,
                folders,
                predictor.grpc_port,
                DEADLINE=deadline,
                FALLBACK=fallback,
                MAX_PENDING=PENDING,
            )

        strict, reviewing = transformer("none", DEADLINE), transformer("review", SOON)
        for each in (predictor, strict, reviewing):
            each.wait_ready()
        yield Faulty(start, folders, predictor, strict, reviewing)


def post(process: Process, path: str, content: object) -> httpx.Response:
    return httpx.post(f"{process.url}{path}", json=content, timeout=300)


def post_lines(process: Process, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    body = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    headers = {"content-type": "application/x-ndjson"}
    response = httpx.post(f"{process.url}/predict/batch", content=body, headers=headers, timeout=300)
    return [json.loads(line) for line in response.text.splitlines()]


def inputs(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    datatypes = {name: datatype for name, (datatype, _) in TENSORS.items()} | {"category": "BYTES"}
    return [
        {"name": name, "datatype": datatypes[name], "shape": [len(rows)], "data": values}
        for name, values in columns(rows).items()
    ]


def post_raw(process: Process, rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    body, headers = raw_request(raw_columns(rows), len(rows), binary_data_output=True)
    url = f"{process.url}/v2/models/fraud/infer"
    return raw_outputs(httpx.post(url, content=body, headers=headers, timeout=300))


def degraded(process: Process) -> float:
    """Transactions decided without a score, as it counts them."""
    metrics = httpx.get(process.ready_url.replace("/ready", "/metrics")).text
    counts = [line for line in metrics.splitlines() if line.startswith("fraud_degraded_total{")]
    return sum(float(line.rpartition(" ")[2]) for line in counts)


def timed(process: Process, path: str, content: object) -> tuple[httpx.Response, float]:
    answer = post(process, path, content)
    return answer, answer.elapsed.total_seconds()  # of the exchange; making a client takes long, too


def scored(process: Process) -> bool:
    """Whether a payment is scored."""
    answer = post(process, "/predict", GOOD).json()
    return "degraded" not in answer and "code" not in answer


def test_before_a_slow_predictor_answers_come_in_time_and_too_many_are_refused_at_once(
    faulty: Faulty,
) -> None:
    batch = {"transactions": [GOOD] * 5_000}
    asked = [("/predict", GOOD), ("/predict/batch", batch), ("/predict?explain=true", GOOD)] * 3
    faulty.predictor.popen.send_signal(signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(len(asked)) as clients:
            answers = list(clients.map(lambda each: timed(faulty.strict, *each), asked))
        assert httpx.get(f"{faulty.strict.url}/v2/models/fraud/ready").status_code == 200
    finally:
        faulty.predictor.popen.send_signal(signal.SIGCONT)
    assert {answer.status_code for answer, _ in answers} == {503, 504}
    assert max(took for _, took in answers) < IN_TIME
    refused = [(answer, took) for answer, took in answers if answer.json()["code"] == "overloaded"]
    assert {"1"} == {answer.headers["retry-after"] for answer, _ in refused}
    assert min(took for _, took in refused) < DEADLINE
    eventually(lambda: scored(faulty.strict), seconds=30)


def test_requests_in_a_row_on_one_refused_connection_get_one_answer_each_in_their_order(
    faulty: Faulty,
) -> None:
    body = json.dumps(GOOD).encode()
    head = b"POST /predict HTTP/1.1\r\nhost: fraud\r\ncontent-type: application/json\r\n"
    payment = b"%scontent-length: %d\r\n\r\n%s" % (head, len(body), body)
    address = ("127.0.0.1", faulty.strict.http_port)
    look = b"GET /v2/health/live HTTP/1.1\r\nhost: fraud\r\nconnection: close\r\n\r\n"
    faulty.predictor.popen.send_signal(signal.SIGSTOP)
    try:
        with contextlib.ExitStack() as opened:
            *pending, connection = (
                opened.enter_context(socket.create_connection(address, timeout=300))
                for _ in range(PENDING + 1)
            )
            for each in pending:
                each.sendall(payment)
            for part in (payment, payment, look):
                connection.sendall(part)
            answers = b"".join(iter(lambda: connection.recv(65_536), b""))
    finally:
        faulty.predictor.popen.send_signal(signal.SIGCONT)
    assert [b"503", b"503", b"200"] == re.findall(rb"HTTP/1.1 (\d{3})", answers)
    assert 3 == answers.count(b"x-fraud-release: fraud-")
    eventually(lambda: scored(faulty.strict), seconds=30)


def test_the_fallback_reviews_over_every_protocol_and_says_so(faulty: Faulty) -> None:
    predictor, transformer = faulty.predictor, faulty.reviewing
    eventually(lambda: scored(transformer), seconds=30)
    before = degraded(transformer)
    predictor.popen.send_signal(signal.SIGSTOP)
    try:
        told = post(transformer, "/predict", GOOD | {"transaction_id": "t1"})
        rows = post(transformer, "/predict/batch", {"transactions": [GOOD, GOOD]}).json()["predictions"]
        explained = post(transformer, "/predict?explain=true", GOOD).json()
        v1 = post(transformer, "/v1/models/fraud:predict", {"instances": [GOOD, GOOD]}).json()["predictions"]
        lines = post_lines(transformer, [GOOD, GOOD])
        in_columns = post(transformer, "/predict/batch", {"columns": columns([GOOD, GOOD])}).json()
        v2 = post(transformer, "/v2/models/fraud/infer", {"inputs": inputs([GOOD, GOOD])}).json()
        v2_raw = post_raw(transformer, [GOOD, GOOD])
        with grpc.insecure_channel(f"127.0.0.1:{transformer.grpc_port}") as channel:
            response = stubs.GRPCInferenceServiceStub(channel).ModelInfer(tensors(), timeout=300)
    finally:
        predictor.popen.send_signal(signal.SIGCONT)
    assert told.status_code == 200
    answer = told.json()
    assert ("review", "non-fraudulent", None, True, "t1") == (
        answer["decision"],
        answer["prediction"],
        answer["fraud_probability"],
        answer["degraded"],
        answer["transaction_id"],
    )
    assert [("review", "non-fraudulent", None, True)] * 7 == [
        (each["decision"], each["prediction"], each["fraud_probability"], each["degraded"])
        for each in (*rows, explained, *v1, *lines)
    ]
    assert True is in_columns["degraded"]
    reviewed = {"decision": ["review"] * 2, "prediction": ["non-fraudulent"] * 2}
    assert reviewed | {"fraud_probability": [None] * 2} == in_columns["columns"]
    assert "true" == v2["parameters"]["degraded"]
    assert reviewed | {"fraud_probability": [None] * 2} == {
        each["name"]: each["data"] for each in v2["outputs"]
    }
    scores = v2_raw.pop("fraud_probability")
    assert [True, True] == [math.isnan(each) for each in scores]
    assert reviewed == v2_raw
    assert response.parameters["degraded"].string_param == "true"
    assert [True] == [math.isnan(each) for each in response.outputs[0].contents.fp32_contents]
    assert 15 == degraded(transformer) - before
    eventually(lambda: scored(transformer), seconds=30)


def test_when_the_predictor_is_gone_each_does_as_declared_and_both_are_back_with_it(faulty: Faulty) -> None:
    faulty.predictor.popen.kill()
    faulty.predictor.popen.wait()
    refused = post(faulty.strict, "/predict", GOOD)
    assert (503, "predictor_away", "1") == (
        refused.status_code,
        refused.json()["code"],
        refused.headers["retry-after"],
    )
    assert post(faulty.reviewing, "/predict", GOOD).json()["degraded"] is True
    for each in (faulty.strict, faulty.reviewing):
        assert httpx.get(f"{each.url}/v2/models/fraud/ready").status_code == 200
    faulty.start_predictor_again()
    eventually(lambda: scored(faulty.strict), seconds=30)
    eventually(lambda: scored(faulty.reviewing), seconds=30)
