"""Clients that others wrote, which know nothing of us but the Open Inference Protocol, get their answers."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import numpy as np
import numpy.typing as npt
import pytest
import tritonclient.http as triton
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs
from tritonclient.utils import InferenceServerException

from support.processes import Pair

CALLER = Path(__file__).parents[2] / "support" / "clients" / "triton_grpc.py"
ROWS: list[dict[str, Any]] = [
    {"amt": 700.25, "hour": 23, "day_of_week": 3, "category": "travel"},
    {"amt": 3.5, "hour": 9, "day_of_week": 6, "category": "never_seen"},
    {"amt": 245.5, "hour": 14, "day_of_week": 0, "category": "grocery_pos"},
]
DATATYPES = {"amt": "FP64", "hour": "INT64", "day_of_week": "INT64", "category": "BYTES"}
Columns = dict[str, npt.NDArray[Any]]


@pytest.fixture(scope="module")
def columns() -> Columns:
    dtypes = {"FP64": np.float64, "INT64": np.int64, "BYTES": np.object_}
    return {
        name: np.array([row[name] for row in ROWS], dtypes[datatype]) for name, datatype in DATATYPES.items()
    }


@pytest.fixture(scope="module")
def expected(pair: Pair) -> list[float]:
    """Probabilities as the original API tells them."""
    return [httpx.post(f"{pair[1].url}/predict", json=row).json()["fraud_probability"] for row in ROWS]


@pytest.fixture
def http(pair: Pair) -> Iterator[triton.InferenceServerClient]:
    with triton.InferenceServerClient(f"127.0.0.1:{pair[1].http_port}") as client:
        yield client


@pytest.fixture(scope="module")
def over_grpc(pair: Pair) -> dict[str, Any]:
    """What Triton's gRPC client was told of `ROWS` and of the model."""
    command = [sys.executable, str(CALLER), f"127.0.0.1:{pair[1].grpc_port}"]
    run = subprocess.run(
        command, input=json.dumps(ROWS), capture_output=True, text=True, check=False, timeout=60
    )
    assert not run.returncode, run.stderr
    told: dict[str, Any] = json.loads(run.stdout)
    return told


def http_inputs(columns: Columns, *, binary: bool) -> list[triton.InferInput]:
    inputs = []
    for name, values in columns.items():
        inputs.append(triton.InferInput(name, list(values.shape), DATATYPES[name]))
        inputs[-1].set_data_from_numpy(values, binary_data=binary)
    return inputs


@pytest.mark.parametrize(
    ("binary_in", "binary_out", "compression"),
    [
        (True, True, None),
        (True, False, None),
        (False, True, None),
        (False, False, None),
        (True, True, "gzip"),
    ],
)
def test_triton_http_infers(  # noqa: PLR0913, PLR0917 - what is varied, and what it is varied on
    http: triton.InferenceServerClient,
    columns: Columns,
    expected: list[float],
    binary_in: bool,
    binary_out: bool,
    compression: str | None,
) -> None:
    wanted = [
        triton.InferRequestedOutput(name, binary_data=binary_out)
        for name in ("decision", "fraud_probability")
    ]
    result = http.infer(
        "fraud",
        http_inputs(columns, binary=binary_in),
        outputs=wanted,
        request_id="a7",
        parameters={"caller": "a test"},
        request_compression_algorithm=compression,
    )
    assert expected == result.as_numpy("fraud_probability").astype(float).tolist()
    decisions = result.as_numpy("decision").tolist()
    assert {"approve", "review", "block"} >= {
        each.decode() if isinstance(each, bytes) else each for each in decisions
    }
    assert result.as_numpy("prediction") is None
    told = result.get_response()
    assert ("a7", "fraud", "unregistered") == (told["id"], told["model_name"], told["model_version"])
    assert told["parameters"]["unknown_category_rows"] == "[1]"


def test_triton_http_gets_all_outputs_raw_when_it_names_none(
    http: triton.InferenceServerClient, columns: Columns, expected: list[float]
) -> None:
    result = http.infer("fraud", http_inputs(columns, binary=True), model_version="unregistered")
    assert expected == result.as_numpy("fraud_probability").astype(float).tolist()
    assert len(ROWS) == len(result.as_numpy("prediction")) == len(result.as_numpy("decision"))
    assert all("data" not in each for each in result.get_response()["outputs"])


def test_triton_http_reads_states_and_metadata(http: triton.InferenceServerClient) -> None:
    assert http.is_server_live()
    assert http.is_server_ready()
    assert http.is_model_ready("fraud")
    assert http.is_model_ready("fraud", "unregistered")
    assert not http.is_model_ready("fraud", "9")
    assert not http.is_model_ready("iris")
    check_server(http.get_server_metadata())
    check_model(http.get_model_metadata("fraud"))
    check_model(http.get_model_metadata("fraud", "unregistered"))


def test_triton_http_is_refused_another_version(http: triton.InferenceServerClient, columns: Columns) -> None:
    with pytest.raises(InferenceServerException, match="served is 'unregistered'") as refused:
        http.infer("fraud", http_inputs(columns, binary=True), model_version="9")
    assert refused.value.status() == "404"
    with pytest.raises(InferenceServerException, match="served is 'unregistered'"):
        http.get_model_metadata("fraud", "9")


def test_triton_grpc_infers(over_grpc: dict[str, Any], expected: list[float]) -> None:
    assert ("b8", "unregistered") == (over_grpc["id"], over_grpc["model_version"])
    assert {"fraud_probability": expected} == over_grpc["outputs"]
    everything = over_grpc["all_outputs"]
    assert {"fraud_probability", "prediction", "decision", "explanation"} == set(everything)
    assert expected == everything["fraud_probability"]
    assert all(json.loads(each)["reasons"] for each in everything["explanation"])


def test_triton_grpc_reads_states_and_metadata(over_grpc: dict[str, Any]) -> None:
    assert (True, [True, True]) == (over_grpc["live"], over_grpc["ready"])
    check_server(over_grpc["server"])
    check_model(over_grpc["model"])


@pytest.mark.parametrize("call", ["infer", "ready", "metadata", "other model"])
def test_triton_grpc_is_refused_another_model_or_version(over_grpc: dict[str, Any], call: str) -> None:
    status, message = over_grpc["refusals"][call]
    assert status == "StatusCode.NOT_FOUND"
    assert ("its name is 'fraud'" if call == "other model" else "served is 'unregistered'") in message


def check_server(told: dict[str, Any]) -> None:
    assert ("fraud-detector", ["binary_tensor_data"]) == (told["name"], told["extensions"])


def check_model(told: dict[str, Any]) -> None:
    assert (["unregistered"], "fraud-detector_xgboost") == (told["versions"], told["platform"])
    inputs = [(each["name"], each["datatype"], list(map(int, each["shape"]))) for each in told["inputs"]]
    assert [(name, datatype, [-1]) for name, datatype in DATATYPES.items()] == inputs
    assert ["fraud_probability", "prediction", "decision"] == [each["name"] for each in told["outputs"]]


def kserve_request(columns: Columns, *, binary: bool) -> InferRequest:
    inputs = []
    for name, values in columns.items():
        inputs.append(InferInput(name, list(values.shape), DATATYPES[name]))
        inputs[-1].set_data_from_numpy(values, binary_data=binary)
    return InferRequest("fraud", inputs, request_id="c9", parameters={"binary_data_output": binary})


@pytest.mark.parametrize("binary", [True, False])
async def test_kserves_rest_client(pair: Pair, columns: Columns, expected: list[float], binary: bool) -> None:
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    url = pair[1].url
    assert await client.is_server_live(url)
    assert await client.is_server_ready(url)
    assert await client.is_model_ready(url, "fraud")
    response = await client.infer(url, kserve_request(columns, binary=binary), model_name="fraud")
    assert ("c9", "fraud") == (response.id, response.model_name)
    scores = next(each for each in response.outputs if each.name == "fraud_probability")
    assert expected == scores.as_numpy().astype(float).tolist()
    await client.close()


async def test_kserves_rest_client_in_v1(pair: Pair, expected: list[float]) -> None:
    client = InferenceRESTClient(RESTConfig(protocol="v1"))
    assert await client.is_server_live(pair[1].url)
    assert await client.is_model_ready(pair[1].url, "fraud")
    answer = await client.infer(pair[1].url, {"instances": ROWS}, model_name="fraud")
    assert expected == [each["fraud_probability"] for each in answer["predictions"]]
    await client.close()


async def test_kserves_grpc_client(pair: Pair, columns: Columns, expected: list[float]) -> None:
    async with InferenceGRPCClient(f"127.0.0.1:{pair[1].grpc_port}") as client:
        assert await client.is_server_live()
        assert await client.is_server_ready()
        assert await client.is_model_ready("fraud")
        response = await client.infer(kserve_request(columns, binary=True))
    assert ("c9", "fraud") == (response.id, response.model_name)
    scores = next(each for each in response.outputs if each.name == "fraud_probability")
    assert expected == scores.as_numpy().astype(float).tolist()


async def test_the_predictor_reports_its_version_too(pair: Pair) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{pair[0].grpc_port}") as channel:
        metadata = await stubs.GRPCInferenceServiceStub(channel).ModelMetadata(
            pb.ModelMetadataRequest(name="fraud")
        )
    assert (["unregistered"], "xgboost") == (list(metadata.versions), metadata.platform)
