"""Logs are JSON lines on request, correlate by trace and transaction, and tell nothing of a payment."""

import json

import httpx

from support.processes import Start
from support.releases import Folders

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
    process.popen.terminate()
    _, text = process.popen.communicate(timeout=30)
    lines = [json.loads(line) for line in text.splitlines()]
    requests = [line for line in lines if line["logger"] == "fraud_transformer.requests"]
    assert [("/predict", 200), ("/predict", 422)] == [(each["route"], each["status"]) for each in requests]
    assert (TRACE, "T-77") == (requests[0]["trace_id"], requests[0]["transaction_id"])
    assert "trace_id" not in requests[1]
    assert "4242" not in text
    assert "grocery_pos" not in text


def test_unsampled_requests_leave_none(start: Start, folders: Folders) -> None:
    process = start("fraud_standalone", MODEL_DIR=folders.model, PREPROCESSOR_DIR=folders.preprocessor)
    process.wait_ready()
    httpx.post(f"{process.url}/predict", json=ROW)
    process.popen.terminate()
    _, text = process.popen.communicate(timeout=30)
    assert "Ready on port" in text
    assert "/predict" not in text
