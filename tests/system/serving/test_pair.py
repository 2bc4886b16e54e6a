"""Transformer and predictor as a pair: matching ones always score, mixed ones never, and either may go."""

import time

import grpc
import httpx
import numpy as np
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from fraud_contract.artifacts.loading import PreprocessorArtifact
from support.artifacts.releases import Folders
from support.processes import Pair, Process, Start
from support.servers.transformers import start_transformer

GOOD = {"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "grocery_pos"}


def infer(predictor: Process, **parameters: str) -> pb.ModelInferResponse:
    request = pb.ModelInferRequest(
        model_name="fraud",
        inputs=[pb.ModelInferRequest.InferInputTensor(name="features", datatype="FP32", shape=[2, 7])],
        raw_input_contents=[np.zeros((2, 7), np.float32).tobytes()],
        parameters={name: pb.InferParameter(string_param=value) for name, value in parameters.items()},
    )
    with grpc.insecure_channel(f"127.0.0.1:{predictor.grpc_port}") as channel:
        return stubs.GRPCInferenceServiceStub(channel).ModelInfer(request, timeout=240)


def names(folders: Folders) -> dict[str, str]:
    artifact = PreprocessorArtifact.load(folders.preprocessor)
    return {"preprocessor_digest": artifact.digest, "feature_spec_hash": artifact.spec.hash}


def test_a_predictor_scores_features_of_its_own_preprocessor(pair: Pair, folders: Folders) -> None:
    response = infer(pair[0], **names(folders))
    assert list(response.outputs[0].shape) == [2]
    assert response.parameters["model_version"].string_param == "unregistered"


@pytest.mark.parametrize("spoiled", ["preprocessor_digest", "feature_spec_hash", "both"])
def test_a_predictor_refuses_features_of_another_preprocessor(
    pair: Pair, folders: Folders, other_folders: Folders, spoiled: str
) -> None:
    own, other = names(folders), names(other_folders)
    mixed = other if spoiled == "both" else {**own, spoiled: other[spoiled]}
    with pytest.raises(grpc.RpcError) as refused:
        infer(pair[0], **mixed)
    assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION


def test_a_predictor_refuses_features_that_name_no_preprocessor(pair: Pair) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        infer(pair[0])
    assert refused.value.code() == grpc.StatusCode.FAILED_PRECONDITION


def test_a_transformer_before_another_pairs_predictor_ends_and_says_why(
    start: Start, folders: Folders, other_folders: Folders
) -> None:
    predictor = start("fraud_predictor", MODEL_DIR=other_folders.model)
    transformer = start_transformer(
        start,
        folders,
        predictor.grpc_port,
    )
    _, errors = transformer.popen.communicate(timeout=240)
    assert transformer.popen.returncode == 1
    assert "error: The model was trained with preprocessor" in errors


def test_without_a_predictor_answers_are_503_and_come_back_with_it(start: Start, folders: Folders) -> None:
    predictor = start("fraud_predictor", MODEL_DIR=folders.model)
    transformer = start_transformer(
        start,
        folders,
        predictor.grpc_port,
    )
    transformer.wait_ready()
    with httpx.Client(base_url=transformer.url, timeout=240) as client:
        assert client.post("/predict", json=GOOD).status_code == 200
        predictor.popen.kill()
        predictor.popen.wait()
        refused = client.post("/predict", json=GOOD)
        assert (refused.status_code, refused.json()["code"]) == (503, "predictor_away")
        assert refused.headers["retry-after"] == "1"
        assert client.get("/v2/models/fraud/ready").status_code == 200
        back = start("fraud_predictor", MODEL_DIR=folders.model, GRPC_PORT=predictor.grpc_port)
        back.wait_ready()
        deadline = time.monotonic() + 240
        while client.post("/predict", json=GOOD).status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_not_ready_until_the_predictor_is_there(start: Start, folders: Folders) -> None:
    transformer = start(
        "fraud_transformer",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        PREDICTOR="127.0.0.1:1",
    )
    deadline = time.monotonic() + 300
    while True:
        try:
            status = httpx.get(transformer.ready_url, timeout=60).status_code
            break
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert status == 503
    assert httpx.get(f"{transformer.url}/health").status_code == 503
    assert transformer.stop() == 0


@pytest.mark.parametrize("module", ["fraud_predictor", "fraud_standalone"])
def test_sigterm_ends_with_status_0(start: Start, folders: Folders, module: str) -> None:
    more = {} if module == "fraud_predictor" else {"PREPROCESSOR_DIR": folders.preprocessor}
    process = start(module, MODEL_DIR=folders.model, **more)
    process.wait_ready()
    assert process.stop() == 0


def test_metrics_count_requests_and_decisions(standalone: Process) -> None:
    httpx.post(f"{standalone.url}/predict", json=GOOD)
    metrics = httpx.get(standalone.ready_url.replace("/ready", "/metrics")).text
    release = httpx.get(f"{standalone.url}/health").json()["release"]
    assert f'fraud_requests_total{{release="{release}",route="/predict",status="200"}}' in metrics
    assert (
        f'fraud_decisions_total{{category="grocery_pos",decision="approve",release="{release}"}}' in metrics
    )
