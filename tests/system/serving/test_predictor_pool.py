"""Predictor pods that come and go while requests go on: real processes, a name that the test resolves."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

import httpx
import pytest
from prometheus_client import CollectorRegistry

from fraud_transformer.batcher import Batcher
from fraud_transformer.discovery import Discovery
from fraud_transformer.metrics import Metrics
from fraud_transformer.pool import Pool
from fraud_transformer.predictor import RemotePredictor
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from support.processes import Process, free_port, started
from support.releases import Folders

HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
CLIENTS = 24
SOON = 3.0
"""Seconds within which a pod has its share, or nothing any more."""
FAIR = 0.2
"""Of the rows, at least, for each of three pods."""


@pytest.fixture(scope="module")
def pods(folders: Folders) -> Iterator[list[Process]]:
    """A predictor on each host, on the same ports, as pods have them."""
    ports = {"GRPC_PORT": free_port(), "HTTP_PORT": free_port()}
    with started() as start:
        processes = [start("fraud_predictor", MODEL_DIR=folders.model, HOST=host, **ports) for host in HOSTS]
        for host in HOSTS:
            wait_ready(host, ports["HTTP_PORT"])
        yield processes


def wait_ready(host: str, port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        with suppress(httpx.TransportError):
            if httpx.get(f"http://{host}:{port}/ready").status_code == 200:
                return
        assert time.monotonic() < deadline
        time.sleep(0.05)


async def scored(hosts: Sequence[str], port: int) -> list[float]:
    """Rows that each predictor has scored so far, as it counts them."""
    counts = []
    async with httpx.AsyncClient(timeout=10) as client:
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
async def traffic(name: Name, folders: Folders) -> AsyncIterator[Traffic]:
    """Traffic over the transformer's own discovery, pool and batcher to the pods behind a name."""
    settings = TransformerSettings(preprocessor_dir=folders.preprocessor, model_dir=folders.model)
    release = ServedRelease.load(settings)
    pool = Pool()
    connect = partial(RemotePredictor, release=release, max_message=settings.max_message)
    discovery = Discovery(name.resolve, connect, pool)
    metrics = Metrics(release, CollectorRegistry())
    batcher = Batcher(pool, metrics, batch_rows=16, max_queue=1_000, deadline=5)
    await discovery.look()
    sent = Traffic(batcher, release.features.row(9.5, 3, 3, "travel"))
    tasks = [
        asyncio.create_task(each) for each in (discovery.follow(), *(sent.go_on() for _ in range(CLIENTS)))
    ]
    try:
        yield sent
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        name.hosts = ()
        await discovery.look()
        await asyncio.gather(*discovery._closing)


async def test_pods_get_and_lose_their_share_and_no_request_fails(
    pods: list[Process], folders: Folders
) -> None:
    web, name = pods[0].http_port, Name(pods[0].grpc_port, HOSTS[0])
    async with traffic(name, folders) as sent:
        first = await scored(HOSTS, web)
        name.hosts = HOSTS
        await asyncio.sleep(SOON)
        before = await scored(HOSTS, web)
        await asyncio.sleep(1)
        gained = [now - then for now, then in zip(await scored(HOSTS, web), before, strict=True)]
        assert min(gained) >= FAIR * sum(gained)
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
