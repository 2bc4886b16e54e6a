"""How much is worked on at once, and what becomes of more."""

import asyncio
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from fraud_contract.errors import DeadlineExceeded, Overloaded
from fraud_predictor.scorer import Scorer
from fraud_standalone.local_scorer import LocalScorer
from fraud_transformer.decisions.decider import Decider
from fraud_transformer.decisions.service import DecisionService
from fraud_transformer.limits import MAX_WAITING_BODIES, SMALL_BODY
from fraud_transformer.scoring.batcher import Batcher
from fraud_transformer.scoring.contributions import Contributions
from fraud_transformer.scoring.pool import Pool
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.metrics import Metrics
from fraud_transformer.telemetry.observers import NullObserver, Observers, Recorder
from fraud_transformer.telemetry.recent import Recent
from fraud_transformer.telemetry.request_context import RequestContext
from fraud_transformer.transactions.columns import Columns
from support.artifacts.releases import write_release


def context() -> RequestContext:
    return RequestContext("/predict/batch", NullObserver(), 0)


def columns(rows: int) -> Columns:
    return Columns([1.0] * rows, [1] * rows, [1] * rows, ["travel"] * rows)


@pytest.fixture
def service(tmp_path: Path) -> DecisionService:
    folders = write_release(tmp_path, mean=1.0)
    settings = TransformerSettings(
        model_dir=folders.model, preprocessor_dir=folders.preprocessor, max_queue=100, deadline=0.2
    )
    release = ServedRelease.load(settings)
    pool, metrics = (
        Pool([LocalScorer(Scorer.load(release.model), "v1")]),
        Metrics(release, CollectorRegistry()),
    )
    batcher = Batcher(pool, metrics, batch_rows=64, max_queue=1_000, deadline=60)
    decider = Decider(release, batcher, Contributions(pool, metrics, 60), settings)
    return DecisionService(
        decider, Observers(Recorder(metrics, Recent(24, release.features)), None), settings
    )


async def test_large_requests_end_where_too_many_transactions_are_in_work(service: DecisionService) -> None:
    first, second = context(), context()
    assert 60 == len(await service.decide_all(first, columns(60), explain=False))
    with pytest.raises(Overloaded):  # the first has no answer yet
        await service.decide_all(second, columns(60), explain=False)
    service.end(first, 200)
    assert 60 == len(await service.decide_all(second, columns(60), explain=False))


async def test_a_large_body_is_not_read_after_its_deadline(service: DecisionService) -> None:
    async with service.fairness.turn():
        assert "read" == await service.read(SMALL_BODY, lambda: "read")
        with pytest.raises(DeadlineExceeded):
            await service.read(SMALL_BODY + 1, lambda: "read")


async def test_only_so_many_large_bodies_wait_to_be_read(service: DecisionService) -> None:
    async with service.fairness.turn():
        waiting = [
            asyncio.create_task(service.read(SMALL_BODY + 1, lambda: "read"))
            for _ in range(MAX_WAITING_BODIES)
        ]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await service.read(SMALL_BODY + 1, lambda: "read")
    assert ["read"] * MAX_WAITING_BODIES == await asyncio.gather(*waiting)
