"""With an OTLP endpoint set, requests and predictor calls leave spans, which a collector reads."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import grpc
import httpx
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from support.artifacts.releases import Folders
from support.clients.load import GOOD, tensors
from support.processes import Pair, Process, Start, free_port, started
from support.servers.collector import Collector, attributes, collector
from support.servers.recording_predictor import Recording, recording_predictor
from support.waiting import eventually

WAIT = 120
CALLER = "b7ad6b7169203331"
RPC = "inference.GRPCInferenceService/ModelInfer"


@dataclass
class Traced:
    """A transformer whose spans are collected, and what its predictor is told."""

    transformer: Process
    collector: Collector
    predictor: Recording

    def spans(self, trace_id: str, count: int) -> dict[str, Span]:
        """The spans of a trace by name, once there are as many."""
        eventually(lambda: len(self.collector.of(trace_id)) >= count, seconds=WAIT)
        return {each.name: each for each in self.collector.of(trace_id)}


@pytest.fixture(scope="module")
def traced(pair: Pair, folders: Folders) -> Iterator[Traced]:
    with (
        collector() as collected,
        recording_predictor(pair[0].grpc_port) as recording,
        pytest.MonkeyPatch.context() as environment,
        started() as start,
    ):
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collected.url)
        environment.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        transformer = start(
            "fraud_transformer",
            MODEL_DIR=folders.model,
            PREPROCESSOR_DIR=folders.preprocessor,
            PREDICTOR=f"127.0.0.1:{recording.port}",
        )
        transformer.wait_ready()
        yield Traced(transformer, collected, recording)


def caller(number: int, flags: str = "01") -> tuple[str, dict[str, str]]:
    """A trace, and the headers of a request of it."""
    trace_id = f"{number:032x}"
    return trace_id, {"traceparent": f"00-{trace_id}-{CALLER}-{flags}", "tracestate": "vendor=a7"}


@pytest.mark.parametrize("query", ["", "?explain=true"])
def test_a_payment_leaves_a_span_and_its_call_another_within(traced: Traced, query: str) -> None:
    trace_id, headers = caller(1 + len(query))
    body = GOOD | {"transaction_id": "T-9"}
    answer = httpx.post(f"{traced.transformer.url}/predict{query}", json=body, headers=headers).json()
    spans = traced.spans(trace_id, 2)
    request, call = spans["/predict"], spans[RPC]
    assert (CALLER, request.span_id) == (request.parent_span_id.hex(), call.parent_span_id)
    assert {"vendor=a7"} == {request.trace_state, call.trace_state}
    assert (Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT) == (request.kind, call.kind)
    assert {
        "http.route": "/predict",
        "http.response.status_code": 200,
        "fraud.release": answer["release"],
        "fraud.model_version": answer["model_version"],
        "fraud.decision": answer["decision"],
        "fraud.transaction_id": "T-9",
    } == attributes(request)
    assert {"fraud.rows": 1} == attributes(call)
    told = traced.predictor.calls[-1]
    assert (f"00-{trace_id}-{call.span_id.hex()}-01", "vendor=a7") == (
        told["traceparent"],
        told["tracestate"],
    )
    assert {"fraud-detector"} == traced.collector.services


def test_a_grpc_call_leaves_spans_too(traced: Traced) -> None:
    trace_id, headers = caller(100)
    with grpc.insecure_channel(f"127.0.0.1:{traced.transformer.grpc_port}") as channel:
        infer = stubs.GRPCInferenceServiceStub(channel).ModelInfer
        infer(tensors(), timeout=240, metadata=tuple(headers.items()))
    eventually(lambda: len(traced.collector.of(trace_id)) == 2, seconds=WAIT)
    kinds = {each.kind for each in traced.collector.of(trace_id)}
    assert {Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT} == kinds


def served(traced: Traced, trace_id: str) -> Span:
    """The span of the one request of a trace, once it is there."""

    def look() -> list[Span]:
        return [each for each in traced.collector.of(trace_id) if each.kind == Span.SPAN_KIND_SERVER]

    [span] = eventually(look, seconds=WAIT)
    return span


def infer(traced: Traced, request: pb.ModelInferRequest, headers: dict[str, str]) -> pb.ModelInferResponse:
    with grpc.insecure_channel(f"127.0.0.1:{traced.transformer.grpc_port}") as channel:
        call = stubs.GRPCInferenceServiceStub(channel).ModelInfer
        return call(request, timeout=240, metadata=tuple(headers.items()))


def test_a_span_names_transaction_and_decision_of_a_single_row_call_only(
    traced: Traced,
) -> None:
    trace_id, headers = caller(101)
    response = infer(traced, tensors("T-11"), headers)
    release = {
        "fraud.release": response.parameters["release"].string_param,
        "fraud.model_version": response.model_version,
    }
    decision = response.outputs[2].contents.bytes_contents[0].decode()
    assert release | {"fraud.transaction_id": "T-11", "fraud.decision": decision} == attributes(
        served(traced, trace_id)
    )
    trace_id, headers = caller(102)
    two = pb.ModelInferRequest(model_name="fraud")
    for each in tensors("T-12").inputs:
        values = getattr(each.contents, each.contents.ListFields()[0][0].name)
        values.extend(list(values))
        each.shape[0] = 2
        two.inputs.append(each)
    infer(traced, two, headers)
    assert release == attributes(served(traced, trace_id))


def test_spans_of_failing_requests_name_their_transaction(traced: Traced) -> None:
    over_http, http_headers = caller(500)
    over_grpc, grpc_headers = caller(501)
    body = GOOD | {"transaction_id": "T-13"}
    traced.predictor.away = True
    try:
        response = httpx.post(f"{traced.transformer.url}/predict", json=body, headers=http_headers)
        with pytest.raises(grpc.RpcError) as refused:
            infer(traced, tensors("T-14"), grpc_headers)
    finally:
        traced.predictor.away = False
        url = f"{traced.transformer.url}/predict"
        eventually(lambda: httpx.post(url, json=GOOD).status_code == 200, seconds=WAIT)
    assert (503, grpc.StatusCode.UNAVAILABLE) == (response.status_code, refused.value.code())
    spans = [served(traced, over_http), served(traced, over_grpc)]
    assert [Status.STATUS_CODE_ERROR] * 2 == [each.status.code for each in spans]
    told = [attributes(each) for each in spans]
    assert ["T-13", "T-14"] == [each["fraud.transaction_id"] for each in told]
    assert ["/predict", None] == [each.get("http.route") for each in told]
    assert [False] * 2 == ["fraud.decision" in each for each in told]


def test_a_call_for_many_is_linked_to_them(traced: Traced) -> None:
    before = len(traced.predictor.calls)
    numbers = range(200, 264)
    with (
        httpx.Client(base_url=traced.transformer.url, timeout=WAIT) as client,
        ThreadPoolExecutor(32) as pool,
    ):
        list(pool.map(lambda number: client.post("/predict", json=GOOD, headers=caller(number)[1]), numbers))
    calls = len(traced.predictor.calls) - before
    assert calls < len(numbers)
    wanted = {caller(number)[0] for number in numbers}

    def all_calls() -> list[Span]:
        return [
            each for number in numbers for each in traced.collector.of(caller(number)[0]) if each.name == RPC
        ]

    eventually(lambda: len(all_calls()) == calls, seconds=WAIT)
    told = {each.trace_id.hex() for each in all_calls()}
    told |= {link.trace_id.hex() for each in all_calls() for link in each.links}
    assert wanted == told


def test_a_trace_that_is_not_recorded_stays_so_and_goes_on(traced: Traced) -> None:
    trace_id, headers = caller(300, flags="00")
    httpx.post(f"{traced.transformer.url}/predict", json=GOOD, headers=headers)
    recorded, more = caller(301)
    httpx.post(f"{traced.transformer.url}/predict", json=GOOD, headers=more)
    traced.spans(recorded, 2)
    assert [] == traced.collector.of(trace_id)
    parents = [str(call.get("traceparent", "")) for call in traced.predictor.calls]
    assert ["00"] == [each[-2:] for each in parents if trace_id in each]


def test_a_refused_payment_is_no_fault_of_ours(traced: Traced) -> None:
    trace_id, headers = caller(400)
    httpx.post(f"{traced.transformer.url}/predict", json=GOOD | {"hour": 99}, headers=headers)
    span = traced.spans(trace_id, 1)["/predict"]
    assert (Status.STATUS_CODE_UNSET, 422) == (
        span.status.code,
        attributes(span)["http.response.status_code"],
    )
    assert "99" not in str(span.events)


def test_without_a_collector_payments_are_answered_and_the_end_comes_in_time(
    start: Start, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"http://127.0.0.1:{free_port()}/v1/traces")
    process = start("fraud_standalone", MODEL_DIR=folders.model, PREPROCESSOR_DIR=folders.preprocessor)
    process.wait_ready()
    assert 200 == httpx.post(f"{process.url}/predict", json=GOOD).status_code
    began = time.monotonic()
    assert 0 == process.stop()
    assert time.monotonic() - began < WAIT / 4
