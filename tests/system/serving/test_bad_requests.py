"""Every class of bad request gets its status, its code, and a message that tells nothing it should not."""

import contextlib
import gzip
import http.client
import json
import re

import grpc
import httpx
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from support.artifacts.releases import Folders
from support.processes import Pair, Start

GOOD = {"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "grocery_pos"}
JSON = {"content-type": "application/json"}
GZIP = JSON | {"content-encoding": "gzip"}
Case = tuple[str, str, bytes, dict[str, str], int, str]


def body(**changes: object) -> bytes:
    return json.dumps({name: value for name, value in (GOOD | changes).items() if value is not ...}).encode()


CASES = {
    "no body": ("POST", "/predict/", b"", JSON, 400, "malformed"),
    "not json": ("POST", "/predict/", b"{", JSON, 400, "malformed"),
    "not utf-8": ("POST", "/predict/", b'{"amt": "\xff"}', JSON, 400, "malformed"),
    "nested without end": ("POST", "/predict/", b"[" * 100_000, JSON, 400, "malformed"),
    "a list": ("POST", "/predict/", b"[]", JSON, 400, "malformed"),
    "null": ("POST", "/predict/", b"null", JSON, 400, "malformed"),
    "amount missing": ("POST", "/predict/", body(amt=...), JSON, 422, "invalid"),
    "amount zero": ("POST", "/predict/", body(amt=0), JSON, 422, "invalid"),
    "amount negative": ("POST", "/predict/", body(amt=-1), JSON, 422, "invalid"),
    "amount too large": ("POST", "/predict/", body(amt=1e9 + 1), JSON, 422, "invalid"),
    "amount nan": ("POST", "/predict/", body(amt=float("nan")), JSON, 422, "invalid"),
    "amount infinite": ("POST", "/predict/", body().replace(b"245.5", b"1e999"), JSON, 422, "invalid"),
    "amount of 400 digits": ("POST", "/predict/", body(amt=10**400), JSON, 422, "invalid"),
    "amount a string": ("POST", "/predict/", body(amt="245.5"), JSON, 422, "invalid"),
    "amount true": ("POST", "/predict/", body(amt=True), JSON, 422, "invalid"),
    "hour 24": ("POST", "/predict/", body(hour=24), JSON, 422, "invalid"),
    "hour a fraction": ("POST", "/predict/", body(hour=14.5), JSON, 422, "invalid"),
    "day 7": ("POST", "/predict/", body(day_of_week=7), JSON, 422, "invalid"),
    "day -1": ("POST", "/predict/", body(day_of_week=-1), JSON, 422, "invalid"),
    "category empty": ("POST", "/predict/", body(category=""), JSON, 422, "invalid"),
    "category too long": ("POST", "/predict/", body(category="x" * 65), JSON, 422, "invalid"),
    "category a number": ("POST", "/predict/", body(category=3), JSON, 422, "invalid"),
    "unknown field": ("POST", "/predict/", body(amount=3), JSON, 422, "invalid"),
    "batch of none": ("POST", "/predict/batch", b'{"transactions": []}', JSON, 422, "invalid"),
    "batch of another shape": ("POST", "/predict/batch", b'{"rows": []}', JSON, 400, "malformed"),
    "v1 of another shape": ("POST", "/v1/models/fraud:predict", b'{"instances": 3}', JSON, 400, "malformed"),
    "v2 without inputs": ("POST", "/v2/models/fraud/infer", b'{"inputs": []}', JSON, 400, "malformed"),
    "v2 of an unknown tensor": (
        "POST",
        "/v2/models/fraud/infer",
        b'{"inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":[1]}]}',
        JSON,
        422,
        "invalid",
    ),
    "v2 with another length": (
        "POST",
        "/v2/models/fraud/infer",
        b'{"inputs":[{"name":"amt","datatype":"FP32","shape":[2],"data":[1]}]}',
        JSON,
        422,
        "invalid",
    ),
    "xml": ("POST", "/predict/", b"<a/>", {"content-type": "application/xml"}, 415, "unsupported_media"),
    "brotli": ("POST", "/predict/", body(), JSON | {"content-encoding": "br"}, 415, "unsupported_media"),
    "false gzip": ("POST", "/predict/", body(), GZIP, 400, "malformed"),
    "gzip bomb": ("POST", "/predict/", gzip.compress(b" " * (2 << 20)), GZIP, 413, "too_large"),
    "too large": ("POST", "/predict/", b" " * (1 << 20) + b" ", JSON, 413, "too_large"),
    "get": ("GET", "/predict/", b"", {}, 405, "method_not_allowed"),
    "delete": ("DELETE", "/health", b"", {}, 405, "method_not_allowed"),
    "no route": ("GET", "/nowhere", b"", {}, 404, "unknown_route"),
    "docs of stock kserve": ("GET", "/metrics", b"", {}, 404, "unknown_route"),
    "another model, v1": ("POST", "/v1/models/iris:predict", b"{}", JSON, 404, "unknown_model"),
    "another model, v2": ("POST", "/v2/models/iris/infer", b"{}", JSON, 404, "unknown_model"),
}  # fmt: skip

CLOSING = {408, 413}
"""Statuses that end a connection: the rest of the body is not worth reading."""


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_status_code_and_message(pair: Pair, case: Case) -> None:
    method, path, content, headers, status, code = case
    with httpx.Client(base_url=pair[1].url, timeout=240) as client:
        response = client.request(method, path, content=content, headers=headers)
        answer = response.json()
        assert (response.status_code, answer["code"]) == (status, code)
        assert set(answer) == {"error", "code", "details"}
        assert answer["error"].endswith((".", "}", "]"))
        assert not re.search(r"Traceback|Error:|/site-packages/|127\.0\.0\.1|pydantic", response.text)
        # The connection, or a new one, goes on to serve.
        assert client.post("/predict/", json=GOOD).status_code == 200


def test_all_of_them_on_one_connection_leave_it_to_a_good_one(pair: Pair) -> None:
    kept = {name: case for name, case in CASES.items() if case[4] not in CLOSING}
    connection = http.client.HTTPConnection("127.0.0.1", pair[1].http_port, timeout=240)
    connection.connect()
    connection.auto_open = 0  # a connection that the server closed stays closed
    with contextlib.closing(connection):
        for name, (method, path, content, headers, status, _) in kept.items():
            assert (name, status) == (name, answered(connection, method, path, content, headers))
            assert (name, 200) == (name, answered(connection, "POST", "/predict/", body(), JSON))


def answered(
    connection: http.client.HTTPConnection, method: str, path: str, content: bytes, headers: dict[str, str]
) -> int:
    connection.request(method, path, content, headers)
    response = connection.getresponse()
    response.read()
    return response.status


def test_every_wrong_field_is_reported_with_the_value_and_what_is_allowed(pair: Pair) -> None:
    answer = httpx.post(f"{pair[1].url}/predict/", json=GOOD | {"hour": 25, "amt": -3}).json()
    assert answer["details"] == [
        {
            "field": "amt",
            "got": "-3",
            "message": "must be a number above 0 and at most 1000000000",
            "allowed": "a number above 0 and at most 1000000000",
        },
        {
            "field": "hour",
            "got": "25",
            "message": "must be an integer from 0 to 23",
            "allowed": "an integer from 0 to 23",
        },
    ]


def test_a_bad_row_of_a_batch_is_named_by_its_index(pair: Pair) -> None:
    rows = [GOOD, GOOD, GOOD | {"hour": 25}]
    answer = httpx.post(f"{pair[1].url}/predict/batch", json={"transactions": rows}).json()
    assert [(each["row"], each["field"]) for each in answer["details"]] == [(2, "hour")]


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "application/x-www-form-urlencoded", "APPLICATION/JSON", None]
)
def test_content_types_that_clients_send_for_json(pair: Pair, kind: str | None) -> None:
    request = httpx.Request("POST", f"{pair[1].url}/predict/", content=body())
    if kind:
        request.headers["content-type"] = kind
    with httpx.Client() as client:
        assert client.send(request).status_code == 200


def test_a_gzip_body_is_read(pair: Pair) -> None:
    response = httpx.post(f"{pair[1].url}/predict/", content=gzip.compress(body()), headers=GZIP)
    assert response.status_code == 200


def test_head_and_options(pair: Pair) -> None:
    head = httpx.head(f"{pair[1].url}/health")
    assert (head.status_code, head.content) == (200, b"")
    options = httpx.options(f"{pair[1].url}/predict/")
    assert (options.status_code, options.headers["allow"]) == (204, "POST, OPTIONS")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"model_name": "iris"}, grpc.StatusCode.NOT_FOUND),
        ({}, grpc.StatusCode.INVALID_ARGUMENT),
    ],
    ids=["unknown model", "no tensors"],
)
def test_grpc_statuses(pair: Pair, change: dict[str, str], status: grpc.StatusCode) -> None:
    request = pb.ModelInferRequest(**({"model_name": "fraud"} | change))
    address = f"127.0.0.1:{pair[1].grpc_port}"
    with grpc.insecure_channel(address) as channel, pytest.raises(grpc.RpcError) as refused:
        stubs.GRPCInferenceServiceStub(channel).ModelInfer(request, timeout=240)
    assert refused.value.code() == status


def test_unknown_categories_are_refused_where_the_settings_say_so(start: Start, folders: Folders) -> None:
    process = start(
        "fraud_standalone",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        UNKNOWN_CATEGORY="refuse",
    )
    process.wait_ready()
    response = httpx.post(f"{process.url}/predict/", json=GOOD | {"category": "grocery"})
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
