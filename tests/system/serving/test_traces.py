"""A caller's trace goes on in the predictor, over HTTP and gRPC; failing calls are found by it."""

import json
from collections.abc import Iterator

import grpc
import httpx
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from support.artifacts.releases import Folders
from support.clients.load import GOOD, tensors
from support.processes import Pair, Process, Start, started
from support.servers.recording_predictor import Recording, recording_predictor

TRACE = "0af7651916cd43dd8448eb211c80319c"
CONTEXT = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "tracestate": "vendor=a7"}


@pytest.fixture(scope="module")
def recorded(pair: Pair, folders: Folders) -> Iterator[tuple[Process, Recording]]:
    """A transformer, and what its predictor is told."""
    with recording_predictor(pair[0].grpc_port) as recording, started() as start:
        transformer = start(
            "fraud_transformer",
            MODEL_DIR=folders.model,
            PREPROCESSOR_DIR=folders.preprocessor,
            PREDICTOR=f"127.0.0.1:{recording.port}",
        )
        transformer.wait_ready()
        yield transformer, recording


def traces(recording: Recording) -> list[dict[str, str | bytes]]:
    """What the calls since the last look carried of it."""
    told = [{name: call[name] for name in CONTEXT if name in call} for call in recording.calls]
    recording.calls.clear()
    return told


@pytest.mark.parametrize("path", ["/predict", "/predict?explain=true"])
def test_over_http(recorded: tuple[Process, Recording], path: str) -> None:
    transformer, recording = recorded
    traces(recording)
    with httpx.Client(base_url=transformer.url, timeout=240) as client:
        for headers in (CONTEXT, {}, {"traceparent": "nonsense", "tracestate": "x" * 10_000}):
            assert 200 == client.post(path, json=GOOD, headers=headers).status_code
    assert [CONTEXT, {}, {}] == traces(recording)


def test_a_batch_in_its_own_call(recorded: tuple[Process, Recording]) -> None:
    transformer, recording = recorded
    traces(recording)
    content = {"transactions": [GOOD] * 3}
    httpx.post(f"{transformer.url}/predict/batch", json=content, headers=CONTEXT, timeout=240)
    assert [CONTEXT] == traces(recording)


def test_over_grpc(recorded: tuple[Process, Recording]) -> None:
    transformer, recording = recorded
    traces(recording)
    with grpc.insecure_channel(f"127.0.0.1:{transformer.grpc_port}") as channel:
        infer = stubs.GRPCInferenceServiceStub(channel).ModelInfer
        infer(tensors(), timeout=240, metadata=tuple(CONTEXT.items()))
        infer(tensors(), timeout=240)
    assert [CONTEXT, {}] == traces(recording)


def test_the_predictor_logs_a_failing_calls_trace(start: Start, folders: Folders) -> None:
    predictor = start("fraud_predictor", MODEL_DIR=folders.model, LOG_FORMAT="json")
    predictor.wait_ready()
    with grpc.insecure_channel(f"127.0.0.1:{predictor.grpc_port}") as channel:
        infer = stubs.GRPCInferenceServiceStub(channel).ModelInfer
        with pytest.raises(grpc.RpcError):
            infer(pb.ModelInferRequest(model_name="fraud"), timeout=240, metadata=tuple(CONTEXT.items()))
    predictor.popen.terminate()
    lines = [json.loads(line) for line in predictor.popen.communicate(timeout=300)[1].splitlines()]
    failed = [line for line in lines if line["message"] == "ModelInfer failed"]
    assert [("pair_mismatch", TRACE)] == [(each["code"], each["trace_id"]) for each in failed]
