"""The batcher sends at once when idle, gathers while busy, and keeps everybody's deadline."""

import asyncio
from collections.abc import Sequence
from math import inf

import pytest

from fraud_contract.errors import DeadlineExceeded, Overloaded, PredictorAway
from fraud_serving.telemetry.trace_context import TraceContext, enter
from fraud_transformer.scoring.batcher import Batcher
from fraud_transformer.scoring.pool import Pool
from fraud_transformer.scoring.scorer import PredictorDied, Scores
from fraud_transformer.scoring.suspects import Suspects
from support.servers.gated_scorers import GatedScorer, PunctualScorer, row


class Uncounted:
    """Takes no notice of calls."""

    def called(self, rows: int, waited: float, took: float) -> None:
        assert waited >= 0
        assert took >= 0

    def failed(self, code: str) -> None:
        assert code


def gathering(pool: Pool, *, deadline: float = 60, batch_rows: int = 100, max_queue: int = 1000) -> Batcher:
    return Batcher(pool, Uncounted(), batch_rows=batch_rows, max_queue=max_queue, deadline=deadline)


def batcher(
    scorer: GatedScorer, *, deadline: float = 60, batch_rows: int = 100, max_queue: int = 1000
) -> Batcher:
    return gathering(Pool([scorer]), batch_rows=batch_rows, max_queue=max_queue, deadline=deadline)


async def test_an_idle_scorer_gets_a_row_at_once_and_a_busy_one_all_that_gathered() -> None:
    scorer = GatedScorer()
    batches = batcher(scorer)
    futures = [batches.submit(row(0), 1)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    futures += [batches.submit(row(value), 1) for value in range(1, 10)]
    scorer.gate.set()
    answers = await asyncio.gather(*futures)
    assert scorer.calls == [1, 9]
    assert list(map(float, range(10))) == [each.values[0] for each in answers]


async def test_no_call_has_more_rows_than_allowed() -> None:
    scorer = GatedScorer()
    batches = batcher(scorer, batch_rows=4)
    futures = [batches.submit(row(0), 1)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    futures += [batches.submit(row(1) * 3, 3) for _ in range(3)]
    scorer.gate.set()
    await asyncio.gather(*futures)
    assert scorer.calls == [1, 3, 3, 3]


async def test_a_full_queue_refuses_at_once() -> None:
    scorer = GatedScorer()
    batches = batcher(scorer, max_queue=2)
    waiting = [batches.submit(row(0), 1), batches.submit(row(0), 1)]
    with pytest.raises(Overloaded):
        batches.submit(row(0), 1)
    scorer.gate.set()
    await asyncio.gather(*waiting)


async def test_a_lone_scorer_that_failed_is_left_alone_and_then_tried_again() -> None:
    scorer = GatedScorer()
    scorer.gate.set()
    scorer.error = PredictorAway("away")
    batches = batcher(scorer)
    with pytest.raises(PredictorAway, match="away"):
        await batches.submit(row(0), 1)
    scorer.error = None
    with pytest.raises(PredictorAway, match="No predictor answers"):
        batches.submit(row(0), 1)
    assert (await persistently(batches, row(5))).values.tolist() == [5.0]


async def persistently(batches: Batcher, features: bytes) -> Scores:
    async with asyncio.timeout(240):
        while True:
            try:
                return await batches.submit(features, 1)
            except PredictorAway:
                await asyncio.sleep(0.01)


async def test_the_last_scorer_s_failure_answers_all_waiting_rows() -> None:
    scorer = GatedScorer()
    scorer.error = PredictorAway("away")
    batches = batcher(scorer)
    first = batches.submit(row(0), 1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second = batches.submit(row(1), 1)
    scorer.gate.set()
    errors = await asyncio.gather(first, second, return_exceptions=True)
    assert [PredictorAway, PredictorAway] == [type(each) for each in errors]


async def test_a_call_that_fails_is_tried_once_more_elsewhere() -> None:
    broken, sound = GatedScorer(), GatedScorer()
    broken.gate.set()
    sound.gate.set()
    broken.error = PredictorAway("away")
    batches = gathering(Pool([broken, sound]))
    assert (await batches.submit(row(7), 1)).values.tolist() == [7.0]
    assert (broken.calls, sound.calls) == ([1], [1])


async def test_a_failed_call_is_retried_only_once() -> None:
    scorers = [GatedScorer() for _ in range(3)]
    for scorer in scorers:
        scorer.gate.set()
        scorer.error = PredictorAway("away")
    batches = gathering(Pool(scorers))
    with pytest.raises(PredictorAway):
        await batches.submit(row(7), 1)
    assert sum(len(scorer.calls) for scorer in scorers) == 2


class DyingScorer(GatedScorer):
    """Dies of a row of 13, whatever else is in the same call."""

    died = 0

    async def score(
        self, features: bytes, rows: int, within: float, traces: Sequence[TraceContext]
    ) -> Scores:
        scores = await super().score(features, rows, within, traces)
        if 13.0 in scores.values:
            self.died += 1
            raise PredictorDied("died")
        return scores


async def test_a_row_that_predictors_die_of_is_given_to_two_of_them_and_never_again() -> None:
    scorers = [DyingScorer() for _ in range(3)]
    batches = gathering(Pool(scorers))
    futures = [batches.submit(row(value), 1) for value in (12, 13, 14)]
    for scorer in scorers:
        scorer.gate.set()
    answers = await asyncio.gather(*futures, return_exceptions=True)
    assert [12.0, PredictorDied, 14.0] == [
        type(each) if isinstance(each, BaseException) else each.values[0] for each in answers
    ]
    assert [1, 1, 0] == sorted((scorer.died for scorer in scorers), reverse=True)
    made = sum(len(scorer.calls) for scorer in scorers)
    for _ in range(3):
        with pytest.raises(PredictorAway, match="given to no other"):
            batches.submit(row(13), 1)
    assert made == sum(len(scorer.calls) for scorer in scorers)
    assert [15.0] == (await batches.submit(row(15), 1)).values.tolist()


async def test_a_row_that_its_only_predictor_died_of_is_given_to_the_next_one_without_company() -> None:
    scorer = DyingScorer()
    scorer.gate.set()
    batches = batcher(scorer)
    futures = [batches.submit(row(value), 1) for value in (12, 13)]
    assert [PredictorDied] * 2 == [
        type(each) for each in await asyncio.gather(*futures, return_exceptions=True)
    ]
    assert [12.0] == (await persistently(batches, row(12))).values.tolist()
    futures = [batches.submit(row(value), 1) for value in (13, 14, 15)]
    answers = await asyncio.gather(*futures, return_exceptions=True)
    assert PredictorDied is type(answers[0])
    assert [2, 1, 1] == scorer.calls
    with pytest.raises(PredictorAway, match="given to no other"):
        batches.submit(row(13), 1)


async def test_rows_that_a_predictor_survives_are_no_longer_suspect() -> None:
    suspects = Suspects()
    suspects.record(row(1) + row(2), 2, 0.0, PredictorDied("died"))
    suspects.record(row(3), 1, 0.0, PredictorAway("not reached"))
    assert [True, True, False] == [suspects.require_admissible(row(value), 1) for value in (1, 2, 3)]
    suspects.clear(row(1), 1)
    assert [False, True] == [suspects.require_admissible(row(value), 1) for value in (1, 2)]
    suspects.record(row(2) * 3, 3, 0.0, PredictorDied("in flight at the first death, too"))
    assert suspects.require_admissible(row(2), 1)
    suspects.record(row(2), 1, inf, PredictorDied("died"))
    with pytest.raises(PredictorAway):
        suspects.require_admissible(row(1) + row(2), 2)


def test_suspects_are_forgotten_in_time_and_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fraud_transformer.scoring.suspects.MAX_SUSPECTS", 3)
    suspects = Suspects()
    for value in range(5):
        suspects.record(row(value), 1, 0.0, PredictorDied("died"))
    assert [False, False, True, True, True] == [suspects.require_admissible(row(v), 1) for v in range(5)]
    monkeypatch.setattr("fraud_transformer.scoring.suspects.SUSPECT_SECONDS", -1)
    assert not suspects.require_admissible(row(4), 1)


async def test_calls_are_spread_evenly_and_new_scorers_take_their_share() -> None:
    scorers = [GatedScorer() for _ in range(3)]
    for scorer in scorers:
        scorer.gate.set()
    pool = Pool(scorers[:2])
    batches = gathering(pool)
    for value in range(10):
        await batches.submit(row(value), 1)
    pool.add(scorers[2])
    for value in range(30):
        await batches.submit(row(value), 1)
    pool.remove(scorers[0])
    for value in range(10):
        await batches.submit(row(value), 1)
    assert [len(scorer.calls) for scorer in scorers] == [15, 20, 15]


async def test_all_idle_scorers_are_used_at_once() -> None:
    scorers = [GatedScorer() for _ in range(3)]
    batches = gathering(Pool(scorers), batch_rows=1)
    futures = [batches.submit(row(value), 1) for value in range(4)]
    for _ in range(5):  # turns of the loop: looks for more requests, then the calls
        await asyncio.sleep(0)
    assert [scorer.calls for scorer in scorers] == [[1], [1], [1]]
    for scorer in scorers:
        scorer.gate.set()
    assert [float(each.values[0]) for each in await asyncio.gather(*futures)] == [0.0, 1.0, 2.0, 3.0]


async def test_a_call_that_never_ends_is_answered_at_the_deadline() -> None:
    batches = batcher(GatedScorer(), deadline=0.05)
    with pytest.raises(DeadlineExceeded):
        await batches.submit(row(0), 1)


async def test_a_row_past_its_deadline_is_not_sent() -> None:
    scorer = GatedScorer()
    batches = batcher(scorer, deadline=0.05)
    first = batches.submit(row(0), 1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second = batches.submit(row(1), 1)
    with pytest.raises(DeadlineExceeded):
        await first
    await asyncio.sleep(0.05)
    scorer.gate.set()
    with pytest.raises(DeadlineExceeded):
        await second
    assert scorer.calls == [1]


async def test_a_cancelled_row_is_not_sent() -> None:
    scorer = GatedScorer()
    batches = batcher(scorer)
    first = batches.submit(row(0), 1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    batches.submit(row(1), 1).cancel()
    last = batches.submit(row(2), 1)
    scorer.gate.set()
    assert ((await first).values.tolist(), (await last).values.tolist()) == ([0.0], [2.0])
    assert scorer.calls == [1, 1]
    assert batches.queued_rows == 0


async def test_a_call_carries_the_trace_contexts_of_its_own_rows_only() -> None:
    scorer = GatedScorer()
    scorer.gate.set()
    batches = batcher(scorer)
    first, last = (TraceContext(f"00-{digit * 32}-{digit * 16}-01", None) for digit in "12")

    async def ask(trace: TraceContext | None) -> None:
        enter(trace)
        await batches.submit(row(0), 1)

    await asyncio.gather(ask(first), ask(None), ask(last))
    await ask(None)
    assert [[first, last], []] == scorer.traces


async def test_a_batch_that_hangs_is_tried_elsewhere_after_a_third_of_the_deadline() -> None:
    hung, sound = PunctualScorer(), PunctualScorer()
    sound.gate.set()
    batches = gathering(Pool([hung, sound]), deadline=6)
    loop = asyncio.get_running_loop()
    start = loop.time()
    answers = await asyncio.gather(*[batches.submit(row(value), 1) for value in range(3)])
    took = loop.time() - start
    assert [[0.0], [1.0], [2.0]] == [each.values.tolist() for each in answers]
    assert ([3], [3]) == (hung.calls, sound.calls)
    assert [pytest.approx(2, abs=1)] == hung.within
    assert [pytest.approx(6 - took, abs=1)] == sound.within
    assert 1.5 < took < 6


async def test_one_that_hangs_again_elsewhere_ends_at_the_deadline() -> None:
    scorers = [PunctualScorer() for _ in range(3)]
    batches = gathering(Pool(scorers), deadline=3)
    with pytest.raises(DeadlineExceeded):
        await batches.submit(row(7), 1)
    assert 2 == sum(len(each.calls) for each in scorers)
    assert [1, 2] == [pytest.approx(each.within[0], abs=0.9) for each in scorers[:2]]


async def test_a_scorer_that_hung_rests_for_a_second_and_others_answer_at_once_meanwhile() -> None:
    hung, sound = PunctualScorer(), PunctualScorer()
    sound.gate.set()
    pool = Pool([hung, sound])
    batches = gathering(pool, deadline=0.3)
    await batches.submit(row(0), 1)
    loop = asyncio.get_running_loop()
    start = loop.time()
    hung.gate.set()
    assert 1 == len(pool)
    async with asyncio.timeout(240):
        while len(hung.calls) < 2:
            await batches.submit(row(1), 1)
    assert loop.time() - start > 0.9
    assert 2 == len(pool)


async def test_a_scorer_that_is_alone_has_the_whole_deadline() -> None:
    slow = PunctualScorer()
    batches = batcher(slow, deadline=1.5)
    asyncio.get_running_loop().call_later(0.75, slow.gate.set)
    assert [7.0] == (await batches.submit(row(7), 1)).values.tolist()
    assert [1] == slow.calls
    assert [pytest.approx(1.5, abs=0.05)] == slow.within
