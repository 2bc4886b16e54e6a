"""Recent decisions behind a token; synthetic requests leave no trace."""

from collections.abc import Iterator

import grpc
import httpx
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from support.load import tensors
from support.processes import Process, started
from support.releases import Folders

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


def test_recent_decisions_hold_the_four_facts_and_the_decision_only(process: Process) -> None:
    httpx.post(f"{process.url}/predict", json=GOOD)
    answer = recent(process, authorization=f"Bearer {TOKEN}").json()
    assert {"amt", "hour", "day_of_week", "category", "decision"} == set(answer["decisions"][-1])
    assert answer["by_hour"][14] >= 1
    assert "T-1" not in str(answer)


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": TOKEN}])
def test_without_the_token_nothing_is_told(process: Process, headers: dict[str, str]) -> None:
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
        assert infer(request, timeout=10, metadata=(("x-fraud-synthetic", TOKEN),)).outputs
        assert before == decisions(process)
        infer(request, timeout=10, metadata=(("x-fraud-synthetic", "guessed"),))
        infer(request, timeout=10)
    assert before + 2 == decisions(process)


def test_the_public_port_serves_none_of_it(process: Process) -> None:
    for path in ("/recent", "/metrics", "/ready"):
        assert httpx.get(process.url + path).status_code == 404
