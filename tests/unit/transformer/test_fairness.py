"""Large requests yield while there are single payments, and only then."""

import asyncio

import pytest

from fraud_transformer.scoring import fairness
from fraud_transformer.scoring.fairness import Fairness


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(fairness, "monotonic", lambda: now[0])
    return now


async def turns_yielded(state: Fairness, rows: int) -> int:
    """Turns of the event loop that others had meanwhile."""
    yielding = asyncio.ensure_future(state.yield_turns(rows))
    turns = 0
    while not yielding.done():
        await asyncio.sleep(0)
        turns += 1
    return turns - 1  # in which it ended


async def test_without_single_payments_chunks_are_large_and_turns_few(clock: list[float]) -> None:
    del clock
    state = Fairness(4_096)
    state.arrived(17)
    assert (4_096, 1) == (state.chunk_rows, await turns_yielded(state, 10_000))


async def test_beside_single_payments_chunks_are_small_and_turns_many(clock: list[float]) -> None:
    state = Fairness(4_096)
    state.arrived(16)
    clock[0] += 0.9
    assert (512, 7) == (state.chunk_rows, await turns_yielded(state, 10_000))
    clock[0] += 0.2
    assert (4_096, 1) == (state.chunk_rows, await turns_yielded(state, 10_000))


async def test_a_small_request_yields_no_turn_and_small_chunks_stay(clock: list[float]) -> None:
    del clock
    state = Fairness(64)
    state.arrived(1)
    assert (64, 0) == (state.chunk_rows, await turns_yielded(state, 1_000))


async def test_large_work_is_done_one_at_a_time_and_others_run_between_two_pieces(clock: list[float]) -> None:
    del clock
    state = Fairness(64)
    state.arrived(1)
    log: list[str] = []

    async def stream() -> None:
        for _ in range(3):
            async with state.turn():
                log.append("piece")

    async def payment() -> None:
        for _ in range(100):
            log.append("turn")
            await asyncio.sleep(0)

    await asyncio.gather(*(stream() for _ in range(16)), payment())
    between = "".join("p" if each == "piece" else "." for each in log).rstrip("p").strip(".")
    assert between.count("p") > 10
    assert {""} == {pieces[1:] for pieces in between.split(".") if pieces}
