"""Explanations are asked for beside the batches: once more elsewhere, a few at once, in time."""

import asyncio
import time
from dataclasses import dataclass, field

import pytest

from fraud_contract.errors import DeadlineExceeded, PairMismatch, PredictorAway
from fraud_transformer.scoring.contributions import Contributions
from fraud_transformer.scoring.pool import Pool
from fraud_transformer.scoring.scorer import PredictorDied
from support.servers.gated_scorers import GatedScorer, row


@dataclass
class Told:
    """The failures that are told."""

    failures: list[str] = field(default_factory=list)

    def called(self, rows: int, waited: float, took: float) -> None:
        """Nothing: these are no batches."""

    def failed(self, code: str) -> None:
        self.failures.append(code)


@pytest.fixture
def told() -> Told:
    return Told()


def opened(error: Exception | None = None) -> GatedScorer:
    """A scorer that answers at once, or fails so."""
    scorer = GatedScorer()
    scorer.gate.set()
    scorer.error = error
    return scorer


def calls(*scorers: GatedScorer) -> list[int]:
    return [len(each.calls) for each in scorers]


async def test_an_explanation_that_fails_is_tried_on_another_predictor_and_the_failure_reported(
    told: Told,
) -> None:
    away, sound = opened(PredictorAway("away")), opened()
    explained = await Contributions(Pool([away, sound]), told, 60).request(row(7), 1)
    assert ([7.0], (1, 2)) == (explained.scores.values.tolist(), explained.contributions.shape)
    assert [1, 1] == calls(away, sound)
    assert ["predictor_away"] == told.failures


async def test_a_hanging_predictor_costs_a_third_of_the_deadline_before_another_is_tried(told: Told) -> None:
    hanging, sound = GatedScorer(), opened()
    start = asyncio.get_running_loop().time()
    explained = await Contributions(Pool([hanging, sound]), told, 3).request(row(7), 1)
    assert 1 <= asyncio.get_running_loop().time() - start < 3
    assert [7.0] == explained.scores.values.tolist()
    assert ([1, 1], ["deadline_exceeded"]) == (calls(hanging, sound), told.failures)


async def test_an_explanation_is_tried_on_one_other_predictor_only(told: Told) -> None:
    scorers = [opened(PredictorAway("away")) for _ in range(3)]
    with pytest.raises(PredictorAway, match="away"):
        await Contributions(Pool(scorers), told, 60).request(row(7), 1)
    assert 2 == sum(calls(*scorers))
    assert ["predictor_away"] * 2 == told.failures


async def test_a_payment_that_killed_two_predictors_is_not_sent_to_a_third(told: Told) -> None:
    scorers = [opened(PredictorDied("died")) for _ in range(3)]
    contributions = Contributions(Pool(scorers), told, 60)
    for expected in ("died", "given to no other"):
        with pytest.raises(PredictorAway, match=expected):
            await contributions.request(row(7), 1)
    assert 2 == sum(calls(*scorers))


async def test_without_another_predictor_the_failure_is_the_answer(told: Told) -> None:
    away = opened(PredictorAway("away"))
    with pytest.raises(PredictorAway, match="away"):
        await Contributions(Pool([away]), told, 60).request(row(7), 1)
    assert ([1], ["predictor_away"]) == (calls(away), told.failures)


async def test_without_a_predictor_the_refusal_is_immediate(told: Told) -> None:
    with pytest.raises(PredictorAway, match="No predictor answers"):
        await Contributions(Pool(), told, 60).request(row(7), 1)
    assert [] == told.failures


async def test_a_pair_mismatch_is_reported_and_not_retried(told: Told) -> None:
    mixed, sound = opened(PairMismatch("mixed")), opened()
    with pytest.raises(PairMismatch):
        await Contributions(Pool([mixed, sound]), told, 60).request(row(7), 1)
    assert ([1, 0], ["pair_mismatch"]) == (calls(mixed, sound), told.failures)


async def test_two_explanations_run_at_once_and_others_wait(told: Told) -> None:
    scorer = GatedScorer()
    contributions = Contributions(Pool([scorer]), told, 60)
    asked = [asyncio.create_task(contributions.request(row(value), 1)) for value in range(5)]
    for _ in range(10):  # turns of the loop, many more than a call needs
        await asyncio.sleep(0)
    assert [2] == calls(scorer)
    scorer.gate.set()
    answers = await asyncio.gather(*asked)
    assert [0.0, 1.0, 2.0, 3.0, 4.0] == [float(each.scores.values[0]) for each in answers]
    assert ([5], []) == (calls(scorer), told.failures)


async def test_an_explanation_that_waits_past_the_deadline_is_refused_unsent(told: Told) -> None:
    scorer = GatedScorer()
    deadline = 0.1
    contributions = Contributions(Pool([scorer]), told, deadline)
    asked = [asyncio.create_task(contributions.request(row(value), 1)) for value in range(3)]
    await asyncio.sleep(0)
    time.sleep(deadline)  # noqa: ASYNC251 - the loop is held until all three are late, else a turn comes first
    errors = await asyncio.gather(*asked, return_exceptions=True)
    assert [DeadlineExceeded] * 3 == [type(each) for each in errors]
    assert [2] == calls(scorer)
    assert ["deadline_exceeded"] * 2 == told.failures
    scorer.gate.set()
    assert [7.0] == (await contributions.request(row(7), 1)).scores.values.tolist()
