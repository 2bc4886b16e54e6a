"""Recent decisions behind a token; synthetic requests leave no trace."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import grpc
import httpx
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from support.artifacts.releases import Folders
from support.clients.load import tensors
from support.metrics import counted, page
from support.processes import Process, Start, free_port, started
from support.servers.transformers import start_transformer
from support.waiting import eventually

TOKEN = "a-token-of-the-operator"
GOOD = {"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "grocery_pos", "transaction_id": "T-1"}


@pytest.fixture(scope="module")
def process(folders: Folders) -> Iterator[Process]:
    with started() as start:
        process = start(
            "fraud_standalone",
            MODEL_DIR=folders.model,
            PREPROCESSOR_DIR=folders.preprocessor,
            ADMIN_TOKEN=TOKEN,
        )
        process.wait_ready()
        yield process


def recent(process: Process, **headers: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{process.admin_port}/recent", headers=headers)


def decisions(process: Process) -> int:
    metrics = httpx.get(f"http://127.0.0.1:{process.admin_port}/metrics").text
    counts = [line for line in metrics.splitlines() if line.startswith("fraud_decisions_total{")]
    return round(sum(float(line.rsplit(" ", 1)[1]) for line in counts))


@pytest.mark.parametrize("route", ["/predict", "/predict?explain=true", "/predict/batch"])
def test_recent_decisions_hold_the_four_facts_score_and_decision_only(process: Process, route: str) -> None:
    batch = route == "/predict/batch"
    served = httpx.post(f"{process.url}{route}", json={"transactions": [GOOD]} if batch else GOOD).json()
    served = served["predictions"][0] if batch else served
    answer = recent(process, authorization=f"Bearer {TOKEN}").json()
    facts = {name: value for name, value in GOOD.items() if name != "transaction_id"}
    decided = {"score": served["fraud_probability"], "decision": served["decision"]}
    assert facts | decided == answer["decisions"][-1]
    assert answer["by_hour"][14] >= 1
    assert "T-1" not in str(answer)


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": TOKEN}])
def test_without_the_token_the_admin_port_answers_nothing(process: Process, headers: dict[str, str]) -> None:
    assert recent(process, **headers).status_code == 401


def test_where_no_token_is_configured_they_are_closed(standalone: Process) -> None:
    assert recent(standalone, authorization="Bearer x").status_code == 404


def test_synthetic_requests_are_answered_and_leave_no_trace(process: Process) -> None:
    before = decisions(process)
    marked = {"x-fraud-synthetic": TOKEN}
    assert httpx.post(f"{process.url}/predict", json=GOOD, headers=marked).status_code == 200
    assert before == decisions(process)
    httpx.post(f"{process.url}/predict", json=GOOD, headers={"x-fraud-synthetic": "guessed"})
    assert before + 1 == decisions(process)


@pytest.mark.parametrize("explain", [False, True])
def test_synthetic_grpc_calls_are_answered_and_leave_no_trace(process: Process, explain: bool) -> None:
    before, request = decisions(process), tensors()
    request.parameters["explain"].bool_param = explain
    with grpc.insecure_channel(f"127.0.0.1:{process.grpc_port}") as channel:
        infer = stubs.GRPCInferenceServiceStub(channel).ModelInfer
        assert infer(request, timeout=240, metadata=(("x-fraud-synthetic", TOKEN),)).outputs
        assert before == decisions(process)
        infer(request, timeout=240, metadata=(("x-fraud-synthetic", "guessed"),))
        infer(request, timeout=240)
    assert before + 2 == decisions(process)


def v2(row: dict[str, Any], rows: int = 1) -> dict[str, Any]:
    datatypes = {"amt": "FP64", "hour": "INT64", "day_of_week": "INT64", "category": "BYTES"}
    return {
        "inputs": [
            {"name": name, "datatype": kind, "shape": [rows], "data": [row[name]] * rows}
            for name, kind in datatypes.items()
        ]
    }


COLUMNS = {name: [value] for name, value in GOOD.items()}
NEW = GOOD | {"category": "never_seen"}
BAD = GOOD | {"hour": 99}
REQUESTS: tuple[tuple[str, object, int], ...] = (
    ("/predict", GOOD, 200),
    ("/predict/", NEW, 200),
    ("/predict?explain=true", NEW, 200),
    ("/predict/batch", {"transactions": [GOOD, NEW]}, 200),
    ("/predict/batch?explain=true", {"transactions": [GOOD, NEW]}, 200),
    ("/predict/batch", {"columns": COLUMNS}, 200),
    ("/v1/models/fraud:predict", {"instances": [GOOD, NEW]}, 200),
    ("/v2/models/fraud/infer", v2(GOOD), 200),
    ("/v2/models/fraud/infer", v2(NEW, rows=2), 200),
    ("/predict", BAD, 422),
    ("/predict", GOOD | {"amount": 1}, 422),
    ("/predict/batch", {"transactions": [BAD, {}]}, 422),
    ("/v1/models/fraud:predict", {"instances": [{}]}, 422),
    ("/v2/models/fraud/infer", v2(BAD), 422),
    ("/predict", [], 400),
    ("/nowhere", GOOD, 404),
    ("/health", GOOD, 405),
)
"""Path, body and status of requests of all kinds, answered and refused."""


def send_all(process: Process, token: str) -> None:
    """Send a request of each kind, said to be synthetic, over HTTP and gRPC."""
    marked = {"x-fraud-synthetic": token}
    with httpx.Client(base_url=process.url, headers=marked, timeout=240) as client:
        for path, content, status in REQUESTS:
            assert status == client.post(path, json=content).status_code, (path, content)
        lines = b"".join(json.dumps(each).encode() + b"\n" for each in (GOOD, NEW, BAD)) + b"{"
        told = client.post("/predict/batch", content=lines, headers={"content-type": "application/x-ndjson"})
        assert [None, None, 3, 4] == [json.loads(each).get("line") for each in told.text.splitlines()]
    explained, refused = tensors(), tensors()
    explained.parameters["explain"].bool_param = True
    refused.inputs[1].contents.int64_contents[0] = 99
    with grpc.insecure_channel(f"127.0.0.1:{process.grpc_port}") as channel:
        infer = stubs.GRPCInferenceServiceStub(channel).ModelInfer
        for request in (tensors(), explained, refused):
            with suppress(grpc.RpcError):
                infer(request, timeout=240, metadata=tuple(marked.items()))


def test_synthetic_requests_of_all_kinds_change_neither_metrics_nor_recent_decisions(
    process: Process,
) -> None:
    httpx.post(f"{process.url}/predict", json=GOOD)
    authorization = f"Bearer {TOKEN}"

    def seen() -> tuple[object, object]:
        return page(process), recent(process, authorization=authorization).json()

    eventually(lambda: counted(process, "fraud_requests_total", route="/predict"), seconds=10)
    before = seen()
    send_all(process, TOKEN)
    assert before == seen()
    send_all(process, "guessed")
    metrics, decided = seen()
    assert before[0] != metrics
    assert before[1] != decided


def test_before_the_first_request_nothing_is_counted_of_the_golden_rows(
    start: Start, folders: Folders
) -> None:
    port = free_port()
    process = start(
        "fraud_transformer",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        PREDICTOR=f"127.0.0.1:{port}",
    )
    eventually(lambda: httpx.get(process.ready_url).status_code == 503, seconds=30)
    start("fraud_predictor", MODEL_DIR=folders.model, GRPC_PORT=port)
    process.wait_ready()
    gauges = ("fraud_release_info", "fraud_predictors")
    assert {} == {each: value for each, value in page(process).items() if value and each[0] not in gauges}
    httpx.post(f"{process.url}/predict", json=GOOD)
    assert (1, 2) == (
        counted(process, "fraud_batch_rows_count"),
        counted(process, "fraud_stage_seconds_count"),
    )


def test_the_failure_of_a_synthetic_request_is_not_counted(start: Start, folders: Folders) -> None:
    predictor = start("fraud_predictor", MODEL_DIR=folders.model)
    process = start_transformer(
        start,
        folders,
        predictor.grpc_port,
        ADMIN_TOKEN=TOKEN,
    )
    process.wait_ready()
    predictor.popen.kill()
    predictor.popen.wait()
    for path in ("/predict", "/predict?explain=true"):
        url, marked = f"{process.url}{path}", {"x-fraud-synthetic": TOKEN}
        eventually(lambda: counted(process, "fraud_predictors") == 1, seconds=10)
        assert 503 == httpx.post(url, json=GOOD, headers=marked).status_code
        assert 0 == counted(process, "fraud_predictor_failures_total")
    eventually(lambda: counted(process, "fraud_predictors") == 1, seconds=10)
    assert 503 == httpx.post(f"{process.url}/predict", json=GOOD).status_code
    assert 1 == counted(process, "fraud_predictor_failures_total", code="predictor_away")


def test_the_public_port_serves_none_of_it(process: Process) -> None:
    for path in ("/recent", "/metrics", "/ready"):
        assert httpx.get(process.url + path).status_code == 404
