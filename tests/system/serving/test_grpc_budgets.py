"""Over gRPC, as over HTTP, everything that arrives has a budget: bytes, streams, connections and time."""

import contextlib
import socket
import struct
from collections.abc import Callable, Iterator

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

from benchmarks.hostile.usage import Usage
from support.artifacts.releases import Folders
from support.clients import http2
from support.clients.load import GOOD, tensors
from support.processes import Pair, Process, Start, started
from support.servers.transformers import start_transformer
from support.waiting import eventually

MIB = 1 << 20
CONNECTIONS = 24
SERVICE = "inference.GRPCInferenceService"


@pytest.fixture(scope="module")
def bounded(folders: Folders) -> Iterator[Pair]:
    with started() as start:
        limits = {"MAX_GRPC_CONNECTIONS": CONNECTIONS, "MESSAGE_TIMEOUT": 2}
        predictor = start("fraud_predictor", MODEL_DIR=folders.model, **limits)
        transformer = start_transformer(start, folders, predictor.grpc_port, **limits)
        for each in (predictor, transformer):
            each.wait_ready()
        yield predictor, transformer


@pytest.fixture(params=["predictor", "transformer"])
def server(request: pytest.FixtureRequest, bounded: Pair) -> Process:
    return bounded[["predictor", "transformer"].index(request.param)]


@contextlib.contextmanager
def connected(process: Process, number: int) -> Iterator[list[http2.Connection]]:
    with contextlib.ExitStack() as stack:
        connections = [http2.Connection.to(process.grpc_port) for _ in range(number)]
        for each in connections:
            stack.enter_context(each.socket)
        yield connections


def healthy(process: Process) -> bool:
    """Whether gRPC answers, and liveness."""
    with grpc.insecure_channel(f"127.0.0.1:{process.grpc_port}") as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
        except grpc.RpcError:
            return False
    live = httpx.get(process.ready_url.replace("/ready", "/live"), timeout=5)
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING and live.status_code == 200)


@pytest.mark.parametrize(
    ("connections", "streams", "size"), [(1, 66, MIB), (1, 66, 16 * MIB), (16, 100, MIB)]
)
def test_messages_that_never_end_take_no_more_than_their_budget(
    server: Process, connections: int, streams: int, size: int
) -> None:
    before = Usage(server.popen.pid).resident()
    with connected(server, connections) as opened:
        http2.flood(opened, streams, size, 0.3)
        assert Usage(server.popen.pid).resident() - before < 200
        assert healthy(server)
    eventually(lambda: healthy(server), seconds=10)


def test_what_messages_took_goes_back_to_the_machine(folders: Folders, start: Start) -> None:
    predictor = start("fraud_predictor", MODEL_DIR=folders.model, MESSAGE_TIMEOUT=1)
    predictor.wait_ready()
    before = Usage(predictor.popen.pid).anonymous()
    for _ in range(3):
        with connected(predictor, 16) as opened:
            http2.flood(opened, 100, MIB, 0.2)
    eventually(lambda: Usage(predictor.popen.pid).anonymous() - before < 24, seconds=20)


def test_a_message_that_does_not_arrive_is_given_up_in_time(server: Process) -> None:
    with connected(server, 1) as [connection]:
        stream = connection.call()
        connection.send(stream, b"\0" + struct.pack(">I", 1_000))

        def ended() -> bool:
            connection.receive(0.05)
            return stream in connection.ended

        eventually(ended, seconds=10)


def test_connections_beyond_the_limit_are_closed_and_the_others_go_on(server: Process) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel, contextlib.ExitStack() as stack:
        stub = health_pb2_grpc.HealthStub(channel)
        assert stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
        opened = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.grpc_port), timeout=5))
            for _ in range(2 * CONNECTIONS)
        ]
        for each in opened:
            each.setblocking(False)
        eventually(lambda: sum(map(closed, opened)) > CONNECTIONS, seconds=5)
        assert stub.Check(health_pb2.HealthCheckRequest(), timeout=5)
        live = httpx.get(server.ready_url.replace("/ready", "/live"), timeout=5)
        assert 200 == live.status_code
    eventually(lambda: healthy(server), seconds=10)


def closed(each: socket.socket) -> bool:
    try:
        return not each.recv(1 << 10)
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_a_message_that_unfolds_beyond_the_limit_is_refused(server: Process) -> None:
    before = Usage(server.popen.pid).resident()
    options = [("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}", options=options) as channel:
        call = channel.unary_unary(f"/{SERVICE}/ModelInfer")
        with pytest.raises(grpc.RpcError) as refused:
            call(bytes(100 * MIB), compression=grpc.Compression.Gzip, timeout=30)
    assert grpc.StatusCode.RESOURCE_EXHAUSTED == refused.value.code()
    assert Usage(server.popen.pid).resident() - before < 32


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"\x2a\x00" * (MIB // 2),
        lambda: b"\x32\x00" * (MIB // 2),
        lambda: b"\x3a\x00" * (MIB // 2),
        lambda: b"".join(b"\x22\x07\x0a\x05%05x" % number for number in range(MIB // 9)),
    ],
    ids=["inputs", "outputs", "raw contents", "parameters"],
)
def test_a_message_of_many_small_parts_costs_little(server: Process, make: Callable[[], bytes]) -> None:
    content, before = make(), Usage(server.popen.pid).resident()
    with (
        grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel,
        pytest.raises(grpc.RpcError) as refused,
    ):
        channel.unary_unary(f"/{SERVICE}/ModelInfer")(content[: (MIB - 1_000) // 18 * 18], timeout=30)
    assert grpc.StatusCode.RESOURCE_EXHAUSTED == refused.value.code()
    assert Usage(server.popen.pid).resident() - before < 64


def test_health_names_the_server_and_its_service(server: Process) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for name in ("", SERVICE):
            answer = stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=5)
            assert health_pb2.HealthCheckResponse.SERVING == answer.status
        with pytest.raises(grpc.RpcError) as unknown:
            stub.Check(health_pb2.HealthCheckRequest(service="other"), timeout=5)
        assert grpc.StatusCode.NOT_FOUND == unknown.value.code()
        watching = stub.Watch(health_pb2.HealthCheckRequest(service="other"), timeout=5)
        assert health_pb2.HealthCheckResponse.SERVICE_UNKNOWN == next(watching).status
        watching.cancel()


def test_watching_health_sees_the_server_stop(folders: Folders, start: Start) -> None:
    predictor = start("fraud_predictor", MODEL_DIR=folders.model, LINGER=3)
    predictor.wait_ready()
    with grpc.insecure_channel(f"127.0.0.1:{predictor.grpc_port}") as channel:
        watching = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(), timeout=30)
        assert health_pb2.HealthCheckResponse.SERVING == next(watching).status
        predictor.popen.terminate()
        assert health_pb2.HealthCheckResponse.NOT_SERVING == next(watching).status
        watching.cancel()


def test_health_watchers_are_limited_and_payments_go_on(bounded: Pair) -> None:
    _, transformer = bounded
    with grpc.insecure_channel(f"127.0.0.1:{transformer.grpc_port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        watching = [stub.Watch(health_pb2.HealthCheckRequest(), timeout=20) for _ in range(70)]
        refused = 0
        for each in watching:
            try:
                next(each)
            except grpc.RpcError as error:
                refused += error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert 70 - 64 == refused
        call = channel.unary_unary(
            f"/{SERVICE}/ModelInfer",
            request_serializer=pb.ModelInferRequest.SerializeToString,
            response_deserializer=pb.ModelInferResponse.FromString,
        )
        assert call(tensors(), timeout=10).outputs
        for each in watching:
            each.cancel()
    assert 200 == httpx.post(f"{transformer.url}/predict", json=GOOD).status_code


def test_reflection_describes_the_services(server: Process) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        assert {SERVICE, "grpc.health.v1.Health"} < set(database.get_services())
        file = database.FindFileContainingSymbol(SERVICE)
        assert SERVICE == f"{file.package}.{file.service[0].name}"
