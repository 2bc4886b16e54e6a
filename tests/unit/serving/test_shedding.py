"""Refusals come bit by bit, so that what was accepted goes on between them."""

import asyncio

from fraud_serving.http.limits.shedding import Shedding


class Waiting:
    """A connection that notes when it was refused."""

    def __init__(self, number: int, refused: list[int]) -> None:
        self._number = number
        self._refused = refused

    def refuse_shed(self) -> None:
        self._refused.append(self._number)


def test_all_are_refused_in_the_order_in_which_they_asked_and_few_at_once() -> None:
    async def refused_by_turn() -> list[list[int]]:
        ended, refused = asyncio.Event(), list[int]()
        shedding = Shedding(ended.set)
        for number in range(20):
            shedding.add(Waiting(number, refused))
        turns = [list(refused)]
        while not ended.is_set():
            await asyncio.sleep(0)
            turns.append(list(refused))
        return turns

    turns = asyncio.run(refused_by_turn())
    assert [0, 8, 16, 20] == sorted({len(turn) for turn in turns})
    assert list(range(20)) == turns[-1]


def test_requests_during_shedding_are_refused_too() -> None:
    async def refused_twice() -> list[int]:
        refused = list[int]()
        shedding = Shedding(lambda: refused.append(-1))
        for number in range(2):
            shedding.add(Waiting(number, refused))
            await asyncio.sleep(0)
        return refused

    assert [0, -1, 1, -1] == asyncio.run(refused_twice())
