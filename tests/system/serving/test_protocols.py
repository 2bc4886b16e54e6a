"""Every protocol gives the answer that the model gives offline, to the last bit."""

from collections.abc import Iterator
from typing import Any

import grpc
import httpx
import numpy as np
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from fraud_contract.artifacts.loading import ModelArtifact
from support.artifacts.offline import ROWS, answers, columns
from support.artifacts.releases import Folders


@pytest.fixture(scope="module")
def expected(folders: Folders) -> list[dict[str, Any]]:
    """What each row must be answered with."""
    return answers(folders)


@pytest.fixture(params=["pair", "standalone"])
def client(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """A client of the two processes, then of the one."""
    served = request.getfixturevalue(request.param)
    process = served[1] if isinstance(served, tuple) else served
    with httpx.Client(base_url=process.url, timeout=240) as each:
        yield each


@pytest.fixture(params=["pair", "standalone"])
def channel(request: pytest.FixtureRequest) -> Iterator[grpc.Channel]:
    """A gRPC channel to the two processes, then to the one."""
    served = request.getfixturevalue(request.param)
    process = served[1] if isinstance(served, tuple) else served
    with grpc.insecure_channel(f"127.0.0.1:{process.grpc_port}") as each:
        yield each


def shown(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in ("fraud_probability", "decision", "prediction")}


def from_tensors(outputs: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(outputs, values, strict=True)) for values in zip(*outputs.values(), strict=True)]


def test_the_originals_own_request_is_answered_and_its_category_warned_of(
    client: httpx.Client,
) -> None:
    response = client.post(
        "/predict/", json={"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "grocery"}
    )
    assert response.status_code == 200
    answer = response.json()
    assert answer["prediction"] == "non-fraudulent"
    assert 0 < answer["fraud_probability"] < 1
    assert [each["suggestions"] for each in answer["warnings"]] == [["grocery_net", "grocery_pos"]]
    assert response.headers["x-fraud-release"] == answer["release"]


def test_single_rows(client: httpx.Client, expected: list[dict[str, Any]]) -> None:
    every_seventh = slice(None, None, 7)
    answers = [shown(client.post("/predict", json=row).json()) for row in ROWS[every_seventh]]
    assert answers == expected[every_seventh]


def test_batch(client: httpx.Client, expected: list[dict[str, Any]]) -> None:
    answers = client.post("/predict/batch", json={"transactions": ROWS}).json()["predictions"]
    assert [shown(each) for each in answers] == expected


def test_v1(client: httpx.Client, expected: list[dict[str, Any]]) -> None:
    answers = client.post("/v1/models/fraud:predict", json={"instances": ROWS}).json()["predictions"]
    assert [shown(each) for each in answers] == expected


@pytest.mark.parametrize("nested", [False, True])
def test_v2_json(client: httpx.Client, expected: list[dict[str, Any]], nested: bool) -> None:
    datatypes = {"amt": "FP64", "hour": "INT64", "day_of_week": "INT64", "category": "BYTES"}
    shape = [len(ROWS), 1] if nested else [len(ROWS)]
    inputs = [
        {
            "name": name,
            "datatype": datatypes[name],
            "shape": shape,
            "data": [[value] for value in values] if nested else values,
        }
        for name, values in columns(ROWS).items()
    ]
    answer = client.post("/v2/models/fraud/infer", json={"id": "a7", "inputs": inputs}).json()
    outputs = {each["name"]: each["data"] for each in answer["outputs"]}
    assert (answer["model_name"], answer["id"]) == ("fraud", "a7")
    assert from_tensors(outputs) == [{name: each[name] for name in outputs} for each in expected]


def grpc_request(*, raw: bool) -> pb.ModelInferRequest:
    values = columns(ROWS)
    request = pb.ModelInferRequest(model_name="fraud", id="b8")
    for name, datatype in (
        ("amt", "FP64"),
        ("hour", "INT32"),
        ("day_of_week", "UINT8"),
        ("category", "BYTES"),
    ):
        tensor = request.inputs.add(name=name, datatype=datatype, shape=[len(ROWS)])
        if raw and datatype == "BYTES":
            encoded = [text.encode() for text in values[name]]
            packed = b"".join(len(text).to_bytes(4, "little") + text for text in encoded)
            request.raw_input_contents.append(packed)
        elif raw:
            dtype = {"FP64": "<f8", "INT32": "<i4", "UINT8": "<u1"}[datatype]
            request.raw_input_contents.append(np.asarray(values[name], dtype).tobytes())
        elif datatype == "FP64":
            tensor.contents.fp64_contents.extend(values[name])
        elif datatype == "INT32":
            tensor.contents.int_contents.extend(values[name])
        elif datatype == "UINT8":
            tensor.contents.uint_contents.extend(values[name])
        else:
            tensor.contents.bytes_contents.extend(text.encode() for text in values[name])
    return request


def test_grpc_with_typed_contents(channel: grpc.Channel, expected: list[dict[str, Any]]) -> None:
    response = stubs.GRPCInferenceServiceStub(channel).ModelInfer(grpc_request(raw=False), timeout=240)
    probability, prediction, decision = (each.contents for each in response.outputs)
    answers = zip(probability.fp32_contents, prediction.bytes_contents, decision.bytes_contents, strict=True)
    assert (response.id, response.model_name) == ("b8", "fraud")
    assert expected == [
        {"fraud_probability": score, "prediction": label.decode(), "decision": name.decode()}
        for score, label, name in answers
    ]


def test_grpc_with_raw_contents(channel: grpc.Channel, expected: list[dict[str, Any]]) -> None:
    request = grpc_request(raw=True)
    request.outputs.add(name="fraud_probability")
    response = stubs.GRPCInferenceServiceStub(channel).ModelInfer(request, timeout=240)
    scores = np.frombuffer(response.raw_output_contents[0], "<f4").astype(float).tolist()
    assert scores == [each["fraud_probability"] for each in expected]


def test_grpc_metadata_and_readiness(channel: grpc.Channel) -> None:
    stub = stubs.GRPCInferenceServiceStub(channel)
    metadata = stub.ModelMetadata(pb.ModelMetadataRequest(name="fraud"), timeout=240)
    assert [each.name for each in metadata.inputs] == ["amt", "hour", "day_of_week", "category"]
    assert stub.ModelReady(pb.ModelReadyRequest(name="fraud"), timeout=240).ready


def test_the_model_cannot_be_switched_off(channel: grpc.Channel, client: httpx.Client) -> None:
    stub = stubs.GRPCInferenceServiceStub(channel)
    with pytest.raises(grpc.RpcError) as refused:
        stub.RepositoryModelUnload(pb.RepositoryModelUnloadRequest(model_name="fraud"), timeout=240)
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED
    assert client.post("/v2/repository/models/fraud/unload").status_code == 404
    assert client.post("/predict", json=ROWS[0]).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", {"status": "alive"}),
        ("/v1/models", {"models": ["fraud"]}),
        ("/v1/models/fraud", {"name": "fraud", "ready": True}),
        ("/v2/health/live", {"live": True}),
        ("/v2/health/ready", {"ready": True}),
        ("/v2/models/fraud/ready", {"name": "fraud", "ready": True}),
    ],
)
def test_states(client: httpx.Client, path: str, body: dict[str, Any]) -> None:
    response = client.get(path)
    assert (response.status_code, response.json()) == (200, body)


def test_health_reports_release_and_versions(client: httpx.Client, folders: Folders) -> None:
    answer = client.get("/health").json()
    assert answer["status"] == "ok"
    assert answer["model"] == {"version": "unregistered", "digest": ModelArtifact.load(folders.model).digest}


def test_a_transaction_id_comes_back(client: httpx.Client) -> None:
    row = ROWS[0] | {"transaction_id": "T-1"}
    assert client.post("/predict/", json=row).json()["transaction_id"] == "T-1"
    batch = client.post("/predict/batch", json={"transactions": [ROWS[0], row]}).json()["predictions"]
    assert [each.get("transaction_id") for each in batch] == [None, "T-1"]
