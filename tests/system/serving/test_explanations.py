"""Explanations add up to the answered probability, over every protocol."""

import json
import math
from typing import Any

import grpc
import httpx
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from support.clients.load import tensors
from support.clients.raw_inputs import raw_columns, raw_outputs, raw_request
from support.processes import Process

ROWS: list[dict[str, Any]] = [
    {"amt": 700.0, "hour": 23, "day_of_week": 3, "category": "travel"},
    {"amt": 3.5, "hour": 9, "day_of_week": 6, "category": "never_seen"},
    {"amt": 301.06, "hour": 0, "day_of_week": 0, "category": "grocery_pos"},
]


@pytest.fixture(params=["pair", "standalone"])
def process(request: pytest.FixtureRequest) -> Process:
    served = request.getfixturevalue(request.param)
    process: Process = served[1] if isinstance(served, tuple) else served
    return process


def log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


def test_reasons_and_bias_add_up_to_the_log_odds_of_the_probability(process: Process) -> None:
    for row in ROWS:
        plain = httpx.post(f"{process.url}/predict/", json=row).json()
        answer = httpx.post(f"{process.url}/predict/?explain=true", json=row).json()
        explanation = answer.pop("explanation")
        assert plain == answer
        total = explanation["bias"] + sum(each["contribution"] for each in explanation["reasons"])
        assert pytest.approx(log_odds(answer["fraud_probability"]), abs=3e-6) == total  # sums of float32
        assert pytest.approx(explanation["log_odds"], abs=1e-12) == total


def test_a_reason_names_fact_value_and_effect_the_strongest_first(process: Process) -> None:
    answer = httpx.post(f"{process.url}/predict?explain=true", json=ROWS[0]).json()
    reasons = answer["explanation"]["reasons"]
    facts = [fact for each in reasons for fact in each["feature"].split("+")]
    assert ["amt", "category", "day_of_week", "hour"] == sorted(facts)
    strengths = [abs(each["contribution"]) for each in reasons]
    assert sorted(strengths, reverse=True) == strengths
    amount = next(each for each in reasons if each["feature"] == "amt")
    assert (amount["value"], amount["contribution"] > 0) == (700.0, True)
    assert amount["text"].startswith("An amount of 700.00 raises the log-odds of fraud by ")


def v2_inputs() -> list[dict[str, Any]]:
    datatypes = {"amt": "FP64", "hour": "INT64", "day_of_week": "INT64", "category": "BYTES"}
    return [
        {"name": name, "datatype": kind, "shape": [len(ROWS)], "data": [row[name] for row in ROWS]}
        for name, kind in datatypes.items()
    ]


def test_batch_v1_v2_in_json_and_raw_and_grpc_explain_alike(process: Process) -> None:
    batch = httpx.post(f"{process.url}/predict/batch?explain=true", json={"transactions": ROWS}).json()
    expected = [each["explanation"] for each in batch["predictions"]]
    v1 = httpx.post(f"{process.url}/v1/models/fraud:predict?explain=true", json={"instances": ROWS}).json()
    assert expected == [each["explanation"] for each in v1["predictions"]]
    inputs = v2_inputs()
    message = {"inputs": inputs, "parameters": {"explain": True}, "outputs": [{"name": "explanation"}]}
    v2 = httpx.post(f"{process.url}/v2/models/fraud/infer", json=message).json()
    assert expected == [json.loads(each) for each in v2["outputs"][0]["data"]]
    body, headers = raw_request(raw_columns(ROWS), len(ROWS), explain=True, binary_data_output=True)
    response = httpx.post(f"{process.url}/v2/models/fraud/infer", content=body, headers=headers)
    assert expected == [json.loads(each) for each in raw_outputs(response)["explanation"]]
    request = pb.ModelInferRequest(
        model_name="fraud", parameters={"explain": pb.InferParameter(bool_param=True)}
    )
    for each in inputs:
        tensor = request.inputs.add(name=each["name"], datatype=each["datatype"], shape=each["shape"])
        match each["datatype"]:
            case "FP64":
                tensor.contents.fp64_contents.extend(each["data"])
            case "INT64":
                tensor.contents.int64_contents.extend(each["data"])
            case _:
                tensor.contents.bytes_contents.extend(text.encode() for text in each["data"])
    with grpc.insecure_channel(f"127.0.0.1:{process.grpc_port}") as channel:
        answered = stubs.GRPCInferenceServiceStub(channel).ModelInfer(request, timeout=240)
    told = next(each for each in answered.outputs if each.name == "explanation")
    assert expected == [json.loads(each) for each in told.contents.bytes_contents]


@pytest.mark.parametrize(
    ("path", "rows", "status"),
    [("/predict/batch?explain=true", 101, 413), ("/predict/batch?explain=yes", 1, 400)],
    ids=["too many", "neither true nor false"],
)
def test_refusals(process: Process, path: str, rows: int, status: int) -> None:
    response = httpx.post(process.url + path, json={"transactions": ROWS[:1] * rows})
    assert status == response.status_code


@pytest.mark.parametrize("wanted", ["true", 1, 0, [True]])
def test_a_parameter_that_is_neither_true_nor_false_is_refused_over_rest(
    process: Process, wanted: object
) -> None:
    message = {"inputs": v2_inputs(), "parameters": {"explain": wanted}}
    response = httpx.post(f"{process.url}/v2/models/fraud/infer", json=message)
    body = response.json()
    assert (400, "malformed") == (response.status_code, body["code"])
    assert "The parameter explain is true or false." == body["error"]


@pytest.mark.parametrize("wanted", [{"string_param": "true"}, {"int64_param": 1}, {"string_param": ""}])
def test_a_parameter_that_is_neither_true_nor_false_is_refused_over_grpc(
    process: Process, wanted: dict[str, Any]
) -> None:
    request = tensors()
    request.parameters["explain"].CopyFrom(pb.InferParameter(**wanted))
    address = f"127.0.0.1:{process.grpc_port}"
    with grpc.insecure_channel(address) as channel, pytest.raises(grpc.RpcError) as refused:
        stubs.GRPCInferenceServiceStub(channel).ModelInfer(request, timeout=240)
    assert grpc.StatusCode.INVALID_ARGUMENT == refused.value.code()
    assert "The parameter explain is true or false." == refused.value.details()


@pytest.mark.parametrize("value", ["true", "false", "yes"])
def test_explain_in_the_query_of_v2_is_refused_naming_the_parameter(process: Process, value: str) -> None:
    url = f"{process.url}/v2/models/fraud/infer?explain={value}"
    response = httpx.post(url, json={"inputs": v2_inputs()})
    body = response.json()
    assert (400, "malformed") == (response.status_code, body["code"])
    assert "Here explain is a parameter of the request, in its body." == body["error"]
