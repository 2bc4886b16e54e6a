"""Predictor pods that come and go while requests go on: real processes, a name that the test resolves."""

import asyncio
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from math import inf, nan
from pathlib import Path

import grpc
import httpx
import numpy as np
import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb
from prometheus_client import CollectorRegistry

from fraud_contract.errors import PredictorAway
from fraud_contract.oip import MODEL_VERSION, SCORE
from fraud_transformer.decisions.decider import Decider
from fraud_transformer.decisions.service import DecisionService
from fraud_transformer.http.app import App
from fraud_transformer.http.routes import Routes
from fraud_transformer.scoring.batcher import Batcher
from fraud_transformer.scoring.contributions import Contributions
from fraud_transformer.scoring.discovery import Discovery
from fraud_transformer.scoring.pool import Pool
from fraud_transformer.scoring.predictor import BESIDE_OUTPUTS, VERSION_CHARACTERS, RemotePredictor
from fraud_transformer.scoring.scorer import PredictorDied
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.metrics import Metrics
from fraud_transformer.telemetry.observers import Observers, Recorder
from fraud_transformer.telemetry.recent import Recent
from support.artifacts.releases import Folders
from support.clients.load import GOOD, load
from support.processes import Process, Start, free_port
from support.waiting import eventually

HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
CLIENTS = 24
SOON = 3.0
"""Seconds within which a pod has its share, or nothing any more."""
DEADLINE = 3.0
PAYMENTS = 300
PAYERS = 6
MANY = 500
"""Requests before a pod is killed, and after."""
FAIR = 0.2
"""Of the rows, at least, for each of three pods."""


@pytest.fixture
def pods(folders: Folders, start: Start) -> list[Process]:
    """A predictor on each host, on the same ports, as pods have them."""
    ports = {"GRPC_PORT": free_port(), "HTTP_PORT": free_port()}
    processes = [start("fraud_predictor", MODEL_DIR=folders.model, HOST=host, **ports) for host in HOSTS]
    for host in HOSTS:
        wait_ready(host, ports["HTTP_PORT"])
    return processes


def wait_ready(host: str, port: int) -> None:
    deadline = time.monotonic() + 300
    while True:
        with suppress(httpx.TransportError):
            if httpx.get(f"http://{host}:{port}/ready").status_code == 200:
                return
        assert time.monotonic() < deadline
        time.sleep(0.05)


async def scored(hosts: Sequence[str], port: int) -> list[float]:
    """Rows that each predictor has scored so far, as it counts them."""
    counts = []
    async with httpx.AsyncClient(timeout=240) as client:
        for host in hosts:
            text = (await client.get(f"http://{host}:{port}/metrics")).text
            line = next(line for line in text.splitlines() if line.startswith("fraud_scored_rows_total{"))
            counts.append(float(line.rpartition(" ")[2]))
    return counts


class Name:
    """A name and the pods behind it."""

    def __init__(self, port: int, *hosts: str) -> None:
        self.port = port
        self.hosts = hosts

    async def resolve(self) -> frozenset[str]:
        return frozenset(f"{host}:{self.port}" for host in self.hosts)


class Traffic:
    """Clients that ask all the time for the score of one row each."""

    def __init__(self, batcher: Batcher, row: bytes) -> None:
        self._batcher = batcher
        self._row = row
        self.answered = 0
        self.failures: list[Exception] = []

    async def go_on(self) -> None:
        while True:
            try:
                await self._batcher.submit(self._row, 1)
            except Exception as error:  # noqa: BLE001 - each is told at the end
                self.failures.append(error)
                await asyncio.sleep(0.01)
            else:
                self.answered += 1


@asynccontextmanager
async def discovered(
    name: Name, release: ServedRelease, settings: TransformerSettings
) -> AsyncIterator[Pool]:
    """The pods behind a name, followed by the transformer's own discovery."""
    pool = Pool()
    connect = partial(RemotePredictor, release=release)
    discovery = Discovery(name.resolve, connect, pool)
    await discovery.look()
    following = asyncio.create_task(discovery.follow())
    try:
        yield pool
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        name.hosts = ()
        await discovery.look()
        await asyncio.gather(*discovery._closing)


@asynccontextmanager
async def traffic(name: Name, folders: Folders) -> AsyncIterator[Traffic]:
    """Traffic over the transformer's own batcher to the pods behind a name."""
    settings = TransformerSettings(preprocessor_dir=folders.preprocessor, model_dir=folders.model)
    release = ServedRelease.load(settings)
    async with discovered(name, release, settings) as pool:
        metrics = Metrics(release, CollectorRegistry())
        batcher = Batcher(pool, metrics, batch_rows=16, max_queue=1_000, deadline=5)
        sent = Traffic(batcher, release.features.row(9.5, 3, 3, "travel"))
        tasks = [asyncio.create_task(sent.go_on()) for _ in range(CLIENTS)]
        try:
            yield sent
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def answering(name: Name, folders: Folders) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the transformer's public routes, in this process, before the pods behind a name."""
    settings = TransformerSettings(
        preprocessor_dir=folders.preprocessor, model_dir=folders.model, deadline=DEADLINE
    )
    release = ServedRelease.load(settings)
    async with discovered(name, release, settings) as pool:
        metrics = Metrics(release, CollectorRegistry())
        batcher = Batcher(
            pool,
            metrics,
            batch_rows=settings.batch_rows,
            max_queue=settings.max_queue,
            deadline=settings.deadline,
        )
        decider = Decider(release, batcher, Contributions(pool, metrics, settings.deadline), settings)
        observers = Observers(Recorder(metrics, Recent(24, release.features)), None)
        service = DecisionService(decider, observers, settings)
        app = App(Routes(service, settings, ready=lambda: True), service, settings)
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]  # ours takes mappings
        async with httpx.AsyncClient(transport=transport, base_url="http://fraud") as client:
            yield client


async def test_pods_get_and_lose_their_share_and_no_request_fails(
    pods: list[Process], folders: Folders
) -> None:
    web, name = pods[0].http_port, Name(pods[0].grpc_port, HOSTS[0])
    async with traffic(name, folders) as sent:
        first = await scored(HOSTS, web)
        name.hosts = HOSTS
        await asyncio.sleep(SOON)
        before = await scored(HOSTS, web)
        async with asyncio.timeout(60):  # a pod that gets no processor for a second takes no rows meanwhile
            while True:
                await asyncio.sleep(1)
                gained = [now - then for now, then in zip(await scored(HOSTS, web), before, strict=True)]
                if min(gained) >= FAIR * sum(gained):
                    break
        assert min(now - then for now, then in zip(before[1:], first[1:], strict=True)) > 0

        pods[2].popen.terminate()  # as its endpoint goes
        name.hosts = HOSTS[:2]
        await asyncio.sleep(0.5)
        name.hosts = HOSTS[:1]
        await asyncio.sleep(SOON)
        lost = await scored(HOSTS[1:2], web)
        answered = sent.answered
        await asyncio.sleep(0.5)
        assert lost == await scored(HOSTS[1:2], web)
        assert sent.answered > answered
    assert [] == sent.failures
    assert await asyncio.to_thread(pods[2].popen.wait, 10) == 0


async def test_while_one_of_three_pods_hangs_every_single_payment_is_answered(
    pods: list[Process], folders: Folders
) -> None:
    loop, took = asyncio.get_running_loop(), list[float]()

    async def pay(client: httpx.AsyncClient, payments: int) -> Counter[int]:
        statuses = Counter[int]()
        for _ in range(payments):
            start = loop.time()
            statuses[(await client.post("/predict", json=GOOD)).status_code] += 1
            took.append(loop.time() - start)
        return statuses

    async with answering(Name(pods[0].grpc_port, *HOSTS), folders) as client:
        assert {200: 3} == await pay(client, 3)
        took.clear()
        pods[1].popen.send_signal(signal.SIGSTOP)
        try:
            parts = await asyncio.gather(*[pay(client, PAYMENTS // PAYERS) for _ in range(PAYERS)])
        finally:
            pods[1].popen.send_signal(signal.SIGCONT)
    assert {200: PAYMENTS} == sum(parts, Counter())
    assert DEADLINE / 3 <= max(took) < DEADLINE  # somebody met the one that hangs
    assert sum(each >= DEADLINE / 3 for each in took) < PAYMENTS / 10


async def test_a_predictor_that_died_during_a_call_is_distinguished_from_an_unreachable_one(
    folders: Folders,
) -> None:
    settings = TransformerSettings(preprocessor_dir=folders.preprocessor, model_dir=folders.model)
    release, port = ServedRelease.load(settings), free_port()
    predictor = RemotePredictor(f"127.0.0.1:{port}", release)
    features = release.features.row(9.5, 3, 3, "travel")
    with pytest.raises(PredictorAway) as unreached:
        await predictor.score(features, 1, 5, [])
    assert PredictorAway is unreached.type
    command = [sys.executable, "-m", "support.servers.dying_predictor", str(port)]
    dying = await asyncio.create_subprocess_exec(*command, cwd=Path(__file__).parents[2])
    async with asyncio.timeout(300):
        while True:
            try:
                await predictor.score(features, 1, 5, [])
            except PredictorDied:
                break
            except PredictorAway:  # not up yet
                await asyncio.sleep(0.05)
        assert 1 == await dying.wait()
    await predictor.close()


def answer(scores: Sequence[float], shape: Sequence[int], name: str = SCORE) -> pb.ModelInferResponse:
    """As a predictor gives it."""
    output = pb.ModelInferResponse.InferOutputTensor(name=name, datatype="FP32", shape=shape)
    return pb.ModelInferResponse(
        outputs=[output], raw_output_contents=[np.asarray(scores, np.float32).tobytes()]
    )


def named(version: str) -> pb.ModelInferResponse:
    """Sound but for that version of the model."""
    found = answer([0.5, 0.5], [2])
    found.parameters[MODEL_VERSION].string_param = version
    return found


def with_outputs(count: int) -> pb.ModelInferResponse:
    """Sound but for as many empty outputs behind what was asked for."""
    found = answer([0.5, 0.5], [2])
    found.outputs.extend([pb.ModelInferResponse.InferOutputTensor()] * count)
    return found


def without_contents() -> pb.ModelInferResponse:
    found = answer([0.5, 0.5], [2])
    del found.raw_output_contents[:]
    return found


@pytest.mark.parametrize(
    "wrong",
    [
        answer([nan, 0.5], [2]),
        answer([inf, 0.5], [2]),
        answer([-0.5, 0.5], [2]),
        answer([1.5, 0.5], [2]),
        answer([0.5], [2]),
        answer([0.5] * 3, [2]),
        answer([0.5] * 3, [3]),
        answer([0.5, 0.5], [2], "other"),
        without_contents(),
        named("v" * (VERSION_CHARACTERS + 1)),
        with_outputs(BESIDE_OUTPUTS),
        b"\xff",
    ],
    ids=(
        "NaN",
        "infinite",
        "negative",
        "above 1",
        "short",
        "long",
        "of more rows",
        "of another name",
        "none",
        "of a long version",
        "of many outputs",
        "no message",
    ),
)
async def test_an_answer_that_is_not_a_probability_for_each_row_is_none(
    wrong: pb.ModelInferResponse | bytes, folders: Folders
) -> None:
    settings = TransformerSettings(preprocessor_dir=folders.preprocessor, model_dir=folders.model)
    release = ServedRelease.load(settings)

    async def infer(*_: object) -> bytes:
        return wrong if isinstance(wrong, bytes) else wrong.SerializeToString()

    server = grpc.aio.server()
    service = "inference.GRPCInferenceService"
    handlers = {"ModelInfer": grpc.unary_unary_rpc_method_handler(infer)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    predictor = RemotePredictor(f"127.0.0.1:{port}", release)
    try:
        with pytest.raises(PredictorAway):
            await predictor.score(release.features.row(9.5, 3, 3, "travel") * 2, 2, 5, [])
    finally:
        await predictor.close()
        await server.stop(None)


def test_a_pod_that_is_killed_under_load_costs_no_request(
    pods: list[Process], folders: Folders, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODS", ",".join(HOSTS))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    transformer = start(
        "support.servers.transformer_of_pods",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        PREDICTOR=f"pods:{pods[0].grpc_port}",
    )
    transformer.wait_ready()
    with load(transformer, clients=15) as seen:

        def answered(more_than: int) -> bool:
            return seen.answers["http 200"] > more_than or bool(seen.lost)

        eventually(lambda: answered(MANY), seconds=30)
        assert min(asyncio.run(scored(HOSTS, pods[0].http_port))) > 0
        pods[1].popen.kill()
        pods[1].popen.wait()
        killed_at = seen.answers["http 200"]
        eventually(lambda: answered(killed_at + MANY), seconds=30)
    assert [] == seen.lost
    assert {"http 200", "grpc 200"} == {status for status, count in seen.answers.items() if count}
