"""Metrics are there for who asks now and then, and whoever asks all the time slows nobody down."""

import asyncio
from time import monotonic, perf_counter

import pytest
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import CounterMetricFamily

from fraud_contract.errors import Overloaded
from fraud_serving.telemetry import exposition
from fraud_serving.telemetry.exposition import Exposition


class Slow:
    """Takes 20 ms to be read."""

    def __init__(self) -> None:
        self.read = 0

    def collect(self) -> list[CounterMetricFamily]:
        self.read += 1
        ends = monotonic() + 0.02
        while monotonic() < ends:
            pass
        return []


async def test_what_was_counted_just_now_is_there() -> None:
    registry = CollectorRegistry()
    counter, text = Counter("payments", "p", registry=registry), Exposition(registry)
    for number in (1, 2):
        counter.inc()
        assert f"payments_total {number}.0" in (await text.text()).decode()


async def test_scrapes_take_a_tenth_of_the_time_at_most() -> None:
    registry, slow = CollectorRegistry(), Slow()
    registry.register(slow)
    text, read = Exposition(registry), slow.read
    start = perf_counter()
    await asyncio.gather(*(text.text() for _ in range(4)))
    assert 4 == slow.read - read
    assert perf_counter() - start > 3 * 0.2


async def test_more_scrapes_than_may_wait_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposition, "MAX_WAITING", 2)
    text = Exposition(CollectorRegistry())
    outcomes = await asyncio.gather(*(text.text() for _ in range(4)), return_exceptions=True)
    assert [bytes, bytes, Overloaded, Overloaded] == [type(each) for each in outcomes]
    assert b"" == await text.text()
