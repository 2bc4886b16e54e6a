"""gRPC calls are counted, logged and refused in time as HTTP requests are, and name the release."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import grpc
import httpx
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from support.artifacts.releases import Folders
from support.clients.load import tensors
from support.logs import request_lines
from support.metrics import counted
from support.processes import Process, Start, started
from support.servers.transformers import start_transformer
from support.waiting import eventually

RPC = "inference.GRPCInferenceService/ModelInfer"
DEADLINE = 10
PENDING = 2
MAX_ROWS = 3
AT_ONCE = 2.0
"""Seconds, far less than the deadline."""
TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACED = (("traceparent", f"00-{TRACE}-b7ad6b7169203331-01"),)

Make = Callable[[], pb.ModelInferRequest]


@dataclass
class Served:
    """A transformer, its gRPC side, and the predictor behind it."""

    predictor: Process
    transformer: Process
    stub: stubs.GRPCInferenceServiceStub

    @contextmanager
    def predictor_stopped(self) -> Iterator[None]:
        """The predictor takes calls and does not answer them meanwhile."""
        self.predictor.popen.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.predictor.popen.send_signal(signal.SIGCONT)

    def requests(self, status: str) -> float:
        """Calls that were counted under a status."""
        return counted(self.transformer, "fraud_requests_total", route=RPC, status=status)

    def latencies(self) -> float:
        """Calls whose time was counted."""
        return counted(self.transformer, "fraud_request_seconds_count", route=RPC)

    def answers(self) -> bool:
        """Whether a call is answered."""
        with suppress(grpc.RpcError):
            return bool(self.stub.ModelInfer(tensors(), timeout=DEADLINE).outputs)
        return False


@pytest.fixture(scope="module")
def served(folders: Folders) -> Iterator[Served]:
    with started() as start:
        predictor = start("fraud_predictor", MODEL_DIR=folders.model)
        transformer = start_transformer(
            start,
            folders,
            predictor.grpc_port,
            DEADLINE=DEADLINE,
            MAX_PENDING=PENDING,
            MAX_ROWS=MAX_ROWS,
        )
        transformer.wait_ready()
        with grpc.insecure_channel(f"127.0.0.1:{transformer.grpc_port}") as channel:
            yield Served(predictor, transformer, stubs.GRPCInferenceServiceStub(channel))


def of_another_model() -> pb.ModelInferRequest:
    request = tensors()
    request.model_name = "iris"
    return request


def too_many() -> pb.ModelInferRequest:
    request = pb.ModelInferRequest(model_name="fraud")
    for each in tensors().inputs:
        values = getattr(each.contents, each.contents.ListFields()[0][0].name)
        values.extend(list(values) * MAX_ROWS)
        each.shape[0] = MAX_ROWS + 1
        request.inputs.append(each)
    return request


def out_of_range() -> pb.ModelInferRequest:
    request = tensors()
    request.inputs[1].contents.int64_contents[0] = 99
    return request


def without_category() -> pb.ModelInferRequest:
    request = tensors()
    del request.inputs[3]
    return request


def exchanged(served: Served, request: pb.ModelInferRequest, **how: Any) -> tuple[grpc.StatusCode, Any]:  # noqa: ANN401 - as gRPC takes it
    """Status and trailing metadata of a call."""
    try:
        _, call = served.stub.ModelInfer.with_call(request, **({"timeout": DEADLINE} | how))
    except grpc.RpcError as error:
        return error.code(), dict(error.trailing_metadata())
    return call.code(), dict(call.trailing_metadata())


@pytest.mark.parametrize(
    ("request_of", "code", "status"),
    [
        (tensors, grpc.StatusCode.OK, "200"),
        (of_another_model, grpc.StatusCode.NOT_FOUND, "404"),
        (too_many, grpc.StatusCode.RESOURCE_EXHAUSTED, "413"),
        (out_of_range, grpc.StatusCode.INVALID_ARGUMENT, "422"),
    ],
)
def test_answers_and_refusals_are_counted_under_http_statuses_and_name_the_release(
    served: Served, request_of: Make, code: grpc.StatusCode, status: str
) -> None:
    requests, latencies = served.requests(status), served.latencies()
    told, trailing = exchanged(served, request_of())
    release = httpx.get(f"{served.transformer.url}/health").json()["release"]
    assert (code, release) == (told, trailing["x-fraud-release"])
    assert (requests + 1, latencies + 1) == (served.requests(status), served.latencies())


@pytest.mark.parametrize(
    ("request_of", "field", "problem"),
    [(out_of_range, "hour", "invalid"), (without_category, "category", "missing")],
)
def test_fields_of_refused_calls_are_counted(
    served: Served, request_of: Make, field: str, problem: str
) -> None:
    def fields(**labels: str) -> float:
        return counted(served.transformer, "fraud_invalid_fields_total", **labels)

    own, all_fields = fields(field=field, problem=problem), fields()
    assert grpc.StatusCode.INVALID_ARGUMENT == exchanged(served, request_of())[0]
    assert (own + 1, all_fields + 1) == (fields(field=field, problem=problem), fields())


def test_more_calls_than_may_wait_are_refused_at_once(served: Served) -> None:
    answered, refused = served.requests("200"), served.requests("503")
    with served.predictor_stopped():
        waiting = [served.stub.ModelInfer.future(tensors(), timeout=DEADLINE) for _ in range(PENDING)]
        eventually(
            lambda: counted(served.transformer, "fraud_queue_rows") == PENDING - 1, seconds=DEADLINE / 2
        )
        start = time.monotonic()
        told = [exchanged(served, tensors()) for _ in range(3)]
        assert time.monotonic() - start < AT_ONCE
        assert [grpc.StatusCode.UNAVAILABLE] * 3 == [code for code, _ in told]
        assert all("x-fraud-release" in trailing for _, trailing in told)
        assert refused + 3 == served.requests("503")
        assert [False] * PENDING == [each.done() for each in waiting]
    assert [1] * PENDING == [len(each.result().outputs[0].contents.fp32_contents) for each in waiting]
    assert answered + PENDING == served.requests("200")


def test_a_call_whose_caller_waits_no_longer_is_no_fault_of_ours(served: Served) -> None:
    left = served.requests("499")
    with served.predictor_stopped():
        assert grpc.StatusCode.DEADLINE_EXCEEDED == exchanged(served, tensors(), timeout=0.3)[0]
        eventually(lambda: left + 1 == served.requests("499"), seconds=DEADLINE / 2)
        call = served.stub.ModelInfer.future(tensors(), timeout=DEADLINE)
        eventually(lambda: counted(served.transformer, "fraud_queue_rows") == 1, seconds=DEADLINE / 2)
        call.cancel()
        eventually(lambda: left + 2 == served.requests("499"), seconds=DEADLINE / 2)
    assert 0 == served.requests("500")
    eventually(served.answers, seconds=DEADLINE / 2)


def test_each_call_that_fails_is_logged_and_found_by_trace_and_transaction(
    start: Start, folders: Folders
) -> None:
    predictor = start("fraud_predictor", MODEL_DIR=folders.model)
    process = start_transformer(
        start,
        folders,
        predictor.grpc_port,
        LOG_FORMAT="json",
    )
    process.wait_ready()
    with grpc.insecure_channel(f"127.0.0.1:{process.grpc_port}") as channel:
        served = Served(predictor, process, stubs.GRPCInferenceServiceStub(channel))
        assert served.answers()
        predictor.popen.kill()
        predictor.popen.wait()
        assert grpc.StatusCode.UNAVAILABLE == exchanged(served, tensors("T-77"), metadata=TRACED)[0]
        assert grpc.StatusCode.UNAVAILABLE == exchanged(served, tensors())[0]
        assert grpc.StatusCode.INVALID_ARGUMENT == exchanged(served, out_of_range())[0]
    lines = request_lines(process)
    assert [(RPC, 503, "WARNING", TRACE, "T-77"), (RPC, 503, "WARNING", None, None)] == [
        (each["route"], each["status"], each["level"], each.get("trace_id"), each.get("transaction_id"))
        for each in lines
    ]


def test_a_share_of_the_calls_is_logged(start: Start, folders: Folders) -> None:
    process = start(
        "fraud_standalone",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        LOG_FORMAT="json",
        LOG_SHARE=0.5,
    )
    process.wait_ready()
    with grpc.insecure_channel(f"127.0.0.1:{process.grpc_port}") as channel:
        infer = stubs.GRPCInferenceServiceStub(channel).ModelInfer
        for _ in range(200):
            infer(tensors("T-78"), timeout=240, metadata=TRACED)
    lines = request_lines(process)
    assert 60 < len(lines) < 140  # five standard deviations
    assert {(RPC, 200, "INFO", TRACE, "T-78")} == {
        (each["route"], each["status"], each["level"], each["trace_id"], each["transaction_id"])
        for each in lines
    }
