"""Logs are JSON lines on request, correlate by trace and transaction, and tell nothing of a payment."""

import json

import grpc
import httpx
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from support.artifacts.releases import Folders
from support.clients.load import tensors
from support.logs import logged, of_requests
from support.processes import Start
from support.servers.transformers import start_transformer

ROW = {"amt": 4242.42, "hour": 14, "day_of_week": 3, "category": "grocery_pos", "transaction_id": "T-77"}
TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_a_sampled_request_leaves_one_line_without_its_facts(start: Start, folders: Folders) -> None:
    process = start(
        "fraud_standalone",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        LOG_FORMAT="json",
        LOG_SHARE=1,
    )
    process.wait_ready()
    headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    httpx.post(f"{process.url}/predict", json=ROW, headers=headers)
    httpx.post(f"{process.url}/predict", json=ROW | {"hour": 99})
    text = logged(process)
    requests = of_requests(text)
    assert [("/predict", 200), ("/predict", 422)] == [(each["route"], each["status"]) for each in requests]
    assert (TRACE, "T-77") == (requests[0]["trace_id"], requests[0]["transaction_id"])
    assert "trace_id" not in requests[1]
    assert "4242" not in text
    assert "grocery_pos" not in text


FACTS = {"amt": 4242.42, "hour": 14, "day_of_week": 3, "category": "grocery_pos"}


@pytest.mark.parametrize("told", [{"LOG_FACTS": "true"}, {"LOG_FACTS": "false"}, {}])
def test_facts_are_logged_only_with_fraud_log_facts(
    start: Start, folders: Folders, told: dict[str, str]
) -> None:
    process = start(
        "fraud_standalone",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        LOG_FORMAT="json",
        LOG_SHARE=1,
        **told,
    )
    process.wait_ready()
    httpx.post(f"{process.url}/predict", json=ROW)
    request = tensors("T-77")
    with grpc.insecure_channel(f"127.0.0.1:{process.grpc_port}") as channel:
        stubs.GRPCInferenceServiceStub(channel).ModelInfer(request, timeout=240)
    httpx.post(f"{process.url}/predict/batch", json={"transactions": [ROW, ROW]})
    text = logged(process)
    requests = of_requests(text)
    assert ["T-77", "T-77", None] == [each.get("transaction_id") for each in requests]
    shown = [{name: each[name] for name in FACTS if name in each} for each in requests]
    over_grpc = {"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "travel"}
    assert shown == ([FACTS, over_grpc, {}] if told == {"LOG_FACTS": "true"} else [{}, {}, {}])
    assert (told == {"LOG_FACTS": "true"}) == ("4242" in text)


def test_a_failed_request_is_found_by_its_transaction(start: Start, folders: Folders) -> None:
    predictor = start("fraud_predictor", MODEL_DIR=folders.model)
    process = start_transformer(
        start,
        folders,
        predictor.grpc_port,
        LOG_FORMAT="json",
    )
    process.wait_ready()
    predictor.popen.kill()
    predictor.popen.wait()
    headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    assert 503 == httpx.post(f"{process.url}/predict", json=ROW, headers=headers).status_code
    assert 422 == httpx.post(f"{process.url}/predict", json=ROW | {"hour": 99}).status_code
    text = logged(process)
    requests = of_requests(text)
    assert [("/predict", 503, "WARNING", TRACE, "T-77")] == [
        (each["route"], each["status"], each["level"], each["trace_id"], each["transaction_id"])
        for each in requests
    ]
    assert "4242" not in text


def test_in_text_a_callers_id_stays_within_its_line(start: Start, folders: Folders) -> None:
    process = start(
        "fraud_standalone",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        LOG_FORMAT="text",
        LOG_SHARE=1,
    )
    process.wait_ready()
    own = "T\n2026-01-01 WARNING forged\r\u2028x status=500"
    assert (
        own
        == httpx.post(f"{process.url}/predict", json=ROW | {"transaction_id": own}).json()["transaction_id"]
    )
    text = logged(process)
    [line] = [each for each in text.splitlines() if "route=/predict " in each]
    assert line.endswith(f"transaction_id={json.dumps(own)}")
    assert [] == [each for each in text.splitlines() if each.startswith(("2026-01-01 WARNING", "x status"))]


def test_unsampled_requests_leave_none(start: Start, folders: Folders) -> None:
    process = start("fraud_standalone", MODEL_DIR=folders.model, PREPROCESSOR_DIR=folders.preprocessor)
    process.wait_ready()
    httpx.post(f"{process.url}/predict", json=ROW)
    text = logged(process)
    assert "Ready on port" in text
    assert "/predict" not in text
