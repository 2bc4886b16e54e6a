"""Work that comes by the hundred is begun bit by bit, in its order, and none of it is lost."""

import asyncio
from functools import partial
from itertools import pairwise

import pytest

from fraud_serving.turns import Turns


def test_a_few_pieces_are_begun_in_each_turn_in_the_order_in_which_they_came() -> None:
    async def begun_by_turn() -> list[list[int]]:
        turns, begun = Turns(3), list[int]()
        for number in range(8):
            turns.add(partial(begun.append, number))
        seen = [list(begun)]
        while len(begun) < 8:
            await asyncio.sleep(0)
            seen.append(list(begun))
        return seen

    seen = asyncio.run(begun_by_turn())
    assert [0, 3, 6, 8] == sorted({len(each) for each in seen})
    assert list(range(8)) == seen[-1]


def test_between_turns_is_the_pause_and_each_end_is_told() -> None:
    async def begun() -> list[int]:
        ended, begun = asyncio.Event(), list[int]()

        def end() -> None:
            begun.append(-1)
            ended.set()

        turns = Turns(2, 0.001, end)
        for number in range(3):
            turns.add(partial(begun.append, number))
        for _ in range(2):
            await asyncio.sleep(0)
        begun.append(-2)  # while the third waits for the pause
        await ended.wait()
        turns.add(partial(begun.append, 3))
        await asyncio.sleep(0)
        return begun

    assert [0, 1, -2, 2, -1, 3, -1] == asyncio.run(begun())


def test_work_that_brings_more_work_takes_no_further_turn() -> None:
    async def begun_by_turn() -> list[int]:
        turns, begun = Turns(1), list[int]()

        def work(left: int) -> None:
            begun.append(left)
            if left:
                turns.add(partial(work, left - 1))

        turns.add(partial(work, 3))
        turns.add(partial(work, 3))
        seen = []
        while len(begun) < 8:
            await asyncio.sleep(0)
            seen.append(len(begun))
        return seen

    seen = asyncio.run(begun_by_turn())
    assert all(later - earlier <= 1 for earlier, later in pairwise(seen))


def test_work_that_fails_keeps_nothing_behind_it_from_its_turn() -> None:
    async def begun_after_a_failure() -> list[int]:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
        turns, begun = Turns(2), list[int]()
        turns.add(lambda: begun.remove(0))
        turns.add(partial(begun.append, 1))
        for _ in range(4):
            await asyncio.sleep(0)
        return begun

    failures: list[object] = []
    assert [1] == asyncio.run(begun_after_a_failure())
    assert 1 == len(failures)


def test_a_coroutine_that_gave_up_takes_no_turn_from_the_others() -> None:
    async def others() -> None:
        turns = Turns(1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await turns.come()
        await turns.come()

    asyncio.run(others())
