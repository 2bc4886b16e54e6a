"""Whatever a tensor or a gRPC message holds, it is answered or refused: no error of the server's own."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final

import grpc
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

from support.artifacts.fuzzing import leaked, little_memory_of, many
from support.artifacts.mutation import mutated
from support.artifacts.offline import columns
from support.clients.load import GOOD
from support.clients.raw_inputs import TENSORS, raw_columns
from support.processes import Process

SEEDS = st.integers(0, 2**32)
OURS: Final = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN}
"""Statuses of faults of the server's own."""


@pytest.fixture(scope="module")
def channel(standalone: Process) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(f"127.0.0.1:{standalone.grpc_port}") as opened:
        yield opened


@pytest.fixture(scope="module")
def client(standalone: Process) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=standalone.url, timeout=30) as opened:
        yield opened


def infer_request(rows: int) -> dict[str, Any]:
    datatypes = {name: datatype for name, (datatype, _) in TENSORS.items()} | {"category": "BYTES"}
    own = {"content_type": "str", "binary_data_size": None}
    return {
        "id": "one",
        "parameters": {"explain": False, "content_type": "np", "binary_data_output": False},
        "inputs": [
            {"name": name, "datatype": datatypes[name], "shape": [rows], "data": values, "parameters": own}
            for name, values in columns([GOOD] * rows).items()
        ],
        "outputs": [
            {"name": "decision", "parameters": {"binary_data": False}},
            {"name": "fraud_probability"},
        ],
    }


@many
@given(seed=SEEDS, rows=st.integers(1, 4))
def test_any_body_of_tensors_is_answered_or_refused(
    standalone: Process, client: httpx.Client, seed: int, rows: int
) -> None:
    document = mutated(infer_request(rows), Random(seed))
    with little_memory_of(standalone.popen.pid):
        response = client.post("/v2/models/fraud/infer", json=document)
    assert response.status_code < 500, response.text
    assert set() == leaked(response.text, response.request.content)


def call(channel: grpc.Channel, content: bytes) -> tuple[grpc.StatusCode, str]:
    """Status and text of the answer to a message."""
    ended = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer").future(content, timeout=30)
    ended.exception()  # waits for its end
    return ended.code(), ended.details() or ""


def raw_tensors(rows: int) -> pb.ModelInferRequest:
    request = pb.ModelInferRequest(model_name="fraud")
    for name, (datatype, content) in raw_columns([GOOD] * rows).items():
        request.inputs.add(name=name, datatype=datatype, shape=[rows])
        request.raw_input_contents.append(content)
    return request


def cut(request: pb.ModelInferRequest, random: Random) -> None:
    place = random.randrange(len(request.raw_input_contents))
    content = request.raw_input_contents[place]
    request.raw_input_contents[place] = content[: random.randrange(len(content) + 1)]


def reshape(request: pb.ModelInferRequest, random: Random) -> None:
    random.choice(request.inputs).shape[:] = random.choice(([], [0], [-1], [2**62], [2**32, 2**32], [1] * 50))


CHANGES: Final[tuple[Callable[[pb.ModelInferRequest, Random], object], ...]] = (
    cut,
    reshape,
    lambda request, random: setattr(
        random.choice(request.inputs), "name", random.choice(("", "amt", "x" * 5_000))
    ),
    lambda request, random: setattr(
        random.choice(request.inputs), "datatype", random.choice(("", "BYTES", "FP16", "FP64", "BOOL", "?"))
    ),
    lambda request, random: random.choice(request.inputs).contents.int64_contents.extend([1, -1]),
    lambda request, random: random.choice(request.inputs).contents.fp64_contents.extend([float("nan")]),
    lambda request, random: random.choice(request.inputs).contents.bytes_contents.extend([b"", b"\xff"]),
    lambda request, random: request.raw_input_contents.append(random.randbytes(random.randrange(40))),
    lambda request, random: request.inputs.add().CopyFrom(random.choice(request.inputs)),
    lambda request, random: request.outputs.add(name=random.choice(("decision", "", "y" * 9_000))),
    lambda request, random: setattr(
        request.parameters[random.choice(("explain", "x"))], "string_param", "pd"
    ),
    lambda request, random: setattr(request, "model_version", random.choice(("0", "v" * 9_000))),
)


@many
@given(seed=SEEDS, rows=st.integers(1, 4))
def test_any_body_of_a_grpc_call_is_answered_or_refused(
    standalone: Process, channel: grpc.Channel, seed: int, rows: int
) -> None:
    random, request = Random(seed), raw_tensors(rows)
    for _ in range(random.choice((1, 1, 2, 3))):
        random.choice(CHANGES)(request, random)
    with little_memory_of(standalone.popen.pid):
        code, text = call(channel, content := request.SerializeToString())
    assert code not in OURS
    assert set() == leaked(text, content)


@many
@given(seed=SEEDS, flips=st.integers(1, 6))
def test_any_body_of_bytes_over_grpc_is_answered_or_refused(
    standalone: Process, channel: grpc.Channel, seed: int, flips: int
) -> None:
    random = Random(seed)
    content = bytearray(raw_tensors(2).SerializeToString())
    for _ in range(flips):
        content[random.randrange(len(content))] = random.randrange(256)
    with little_memory_of(standalone.popen.pid):
        code, text = call(channel, bytes(content))
    assert code not in OURS
    assert set() == leaked(text, content)
