"""Every protocol at once, from 64 callers: each gets the answers that the model gives offline."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from itertools import cycle, islice
from random import Random
from typing import Any

import grpc
import httpx
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from support.artifacts.offline import ROWS, answers, columns
from support.artifacts.releases import Folders
from support.clients.raw_inputs import TENSORS, raw_columns, raw_outputs, raw_request, unpacked
from support.processes import Pair, Process

CALLERS = 64
WAIT = 120
SIZES = (2, 1, 7, 97, 1, 31)
"""Rows in a request, by turns."""
ANSWERED = ("fraud_probability", "prediction", "decision")

Answers = list[dict[str, Any]]
Ask = Callable[["Client", Answers], Awaitable[Answers]]
"""Sends rows in one request of a protocol, and gives what each was answered with."""


class Client:
    """HTTP connections and a gRPC channel to one process."""

    def __init__(self, http: httpx.AsyncClient, channel: grpc.aio.Channel) -> None:
        self._http = http
        self.infer = stubs.GRPCInferenceServiceStub(channel).ModelInfer

    async def post(self, path: str, content: object, **headers: str) -> httpx.Response:
        """The answer, which is one: nothing may be refused."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        response = await self._http.post(path, content=body, headers=told)
        assert 200 == response.status_code, response.text
        return response


async def one(client: Client, rows: Answers) -> Answers:
    return [(await client.post("/predict", row)).json() for row in rows]


async def in_rows(client: Client, rows: Answers) -> Answers:
    told: Answers = (await client.post("/predict/batch", {"transactions": rows})).json()["predictions"]
    return told


async def in_columns(client: Client, rows: Answers) -> Answers:
    return by_row((await client.post("/predict/batch", {"columns": columns(rows)})).json()["columns"])


async def in_lines(client: Client, rows: Answers) -> Answers:
    body = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    response = await client.post("/predict/batch", body, content_type="application/x-ndjson")
    return [json.loads(line) for line in response.text.splitlines()]


async def v1(client: Client, rows: Answers) -> Answers:
    told: Answers = (await client.post("/v1/models/fraud:predict", {"instances": rows})).json()["predictions"]
    return told


async def v2_json(client: Client, rows: Answers) -> Answers:
    datatypes = {name: datatype for name, (datatype, _) in TENSORS.items()} | {"category": "BYTES"}
    inputs = [
        {"name": name, "datatype": datatypes[name], "shape": [len(rows)], "data": values}
        for name, values in columns(rows).items()
    ]
    outputs = (await client.post("/v2/models/fraud/infer", {"inputs": inputs})).json()["outputs"]
    return by_row({each["name"]: each["data"] for each in outputs})


async def v2_binary(client: Client, rows: Answers) -> Answers:
    body, headers = raw_request(raw_columns(rows), len(rows), binary_data_output=True)
    response = await client.post("/v2/models/fraud/infer", body, **headers)
    return by_row(raw_outputs(response))


async def over_grpc(client: Client, rows: Answers) -> Answers:
    request = pb.ModelInferRequest(model_name="fraud")
    for name, (datatype, content) in raw_columns(rows).items():
        request.inputs.add(name=name, datatype=datatype, shape=[len(rows)])
        request.raw_input_contents.append(content)
    response = await client.infer(request, timeout=WAIT)
    raw = zip(response.outputs, response.raw_output_contents, strict=True)
    return by_row({output.name: unpacked(output.datatype, content) for output, content in raw})


PROTOCOLS: tuple[Ask, ...] = (one, in_rows, in_columns, in_lines, v1, v2_json, v2_binary, over_grpc)


def by_row(told: dict[str, list[Any]]) -> Answers:
    """One object a row."""
    return [dict(zip(ANSWERED, values, strict=True)) for values in zip(*map(told.get, ANSWERED), strict=True)]


def requests() -> list[tuple[Ask, Sequence[int]]]:
    """Each row alone, by one protocol after the other, and in batches by each; in a fixed mixed order."""
    singles: list[tuple[Ask, Sequence[int]]] = [
        (ask, [row]) for row, ask in zip(range(len(ROWS)), cycle(PROTOCOLS), strict=False)
    ]
    batches = [(ask, part) for ask in PROTOCOLS[1:] for part in parts()]
    mixed = [*singles, *batches]
    Random(64).shuffle(mixed)
    return mixed


def parts() -> Iterator[Sequence[int]]:
    """All rows, cut into pieces of `SIZES`."""
    rows = iter(range(len(ROWS)))
    for size in cycle(SIZES):
        if not (part := list(islice(rows, size))):
            return
        yield part


@pytest.fixture(params=["pair", "standalone"])
def process(request: pytest.FixtureRequest) -> Process:
    served: Pair | Process = request.getfixturevalue(request.param)
    return served[1] if isinstance(served, tuple) else served


async def test_64_callers_of_all_protocols_get_the_offline_answers(
    process: Process, folders: Folders
) -> None:
    expected, waiting, asked = answers(folders), iter(requests()), 0

    async def call(client: Client) -> None:
        nonlocal asked
        for ask, part in waiting:
            told = await ask(client, [ROWS[row] for row in part])
            shown = [{name: each[name] for name in ANSWERED} for each in told]
            assert [expected[row] for row in part] == shown, ask.__name__
            asked += 1

    async with (
        httpx.AsyncClient(
            base_url=process.url, timeout=WAIT, limits=httpx.Limits(max_connections=CALLERS)
        ) as http,
        grpc.aio.insecure_channel(f"127.0.0.1:{process.grpc_port}") as channel,
        asyncio.TaskGroup() as callers,
    ):
        client = Client(http, channel)
        for _ in range(CALLERS):
            callers.create_task(call(client))
    assert len(requests()) == asked
