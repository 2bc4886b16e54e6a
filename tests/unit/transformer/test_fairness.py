"""Large requests make room where single payments are about, and only there."""

import asyncio

import pytest

from fraud_transformer.scoring import fairness
from fraud_transformer.scoring.fairness import RightOfWay


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(fairness, "monotonic", lambda: now[0])
    return now


async def turns_given(way: RightOfWay, rows: int) -> int:
    """Turns of the event loop that others had meanwhile."""
    giving = asyncio.ensure_future(way.give(rows))
    turns = 0
    while not giving.done():
        await asyncio.sleep(0)
        turns += 1
    return turns - 1  # in which it ended


async def test_alone_pieces_are_large_and_turns_few(clock: list[float]) -> None:
    del clock
    way = RightOfWay(4_096)
    way.claim(17)
    assert (4_096, 1) == (way.piece, await turns_given(way, 10_000))


async def test_beside_payments_pieces_are_small_and_turns_many(clock: list[float]) -> None:
    way = RightOfWay(4_096)
    way.claim(16)
    clock[0] += 0.9
    assert (512, 7) == (way.piece, await turns_given(way, 10_000))
    clock[0] += 0.2
    assert (4_096, 1) == (way.piece, await turns_given(way, 10_000))


async def test_a_small_request_gives_nothing_and_small_pieces_stay(clock: list[float]) -> None:
    del clock
    way = RightOfWay(64)
    way.claim(1)
    assert (64, 0) == (way.piece, await turns_given(way, 1_000))
