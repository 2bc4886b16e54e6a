"""Evidence that is missing, thin, in doubt, or about something else."""

from datetime import timedelta

import pytest

from fraud_rollout.core.state.command import Verb
from fraud_rollout.core.state.observed import Source
from fraud_rollout.core.state.phase import Cause, Phase
from fraud_rollout.core.strategy.duration import parse
from fraud_rollout.core.strategy.strategy import Deadlines, Strategy
from fraud_rollout.judge.verdict import Count
from support.rollouts.decisions import (
    START,
    evaluation,
    pairs,
    traffic,
)
from support.rollouts.story import Story, command


def test_too_few_labelled_payments_are_missing_evidence() -> None:
    small = evaluation().model_copy(update={"rows": 1_000})
    story = Story().show(Source.EVALUATION, evaluation=small).until(Phase.PREFLIGHT).step().step()
    assert Phase.PREFLIGHT is story.record.phase
    story.step(wait=301).step(wait=1)
    assert Cause.EVIDENCE is story.cause
    assert "1,000 labelled payments, the strategy asks for 250,000" in story.record.reason


def in_canary(deadline: str, seconds: int, requests: int, weight: int = 5) -> Story:
    """At the first weight for so long, so many requests having come to both releases together."""
    story = Story(Strategy(deadlines=Deadlines(evidence=parse(deadline)))).until(Phase.CANARY)
    own = requests * weight // 100
    counts = traffic(own, weight) | {"weight": Count(events=own, observations=requests)}
    story.show(Source.TRAFFIC, counts=counts)
    return story.step(wait=seconds)


@pytest.mark.parametrize("requests", [0, 20])
def test_traffic_too_thin_for_the_deadline_is_held_at_once_for_a_person(requests: int) -> None:
    story = in_canary("10m", 12, requests)
    assert (Phase.HELD, Cause.UNDECIDED, 0) == (story.record.phase, story.cause, story.observed.weight)
    assert story.record.reason.startswith(
        f"too little traffic: {requests} requests in 12s, 5 % of them for the candidate, so no verdict "
        "within 9m48s; send more and resume, or promote, or abort; errors  INSUFFICIENT"
    )
    story.show(Source.TRAFFIC, counts=traffic(4_000, 5)).step(command(Verb.RESUME))
    assert Phase.CANARY is story.record.phase
    assert 25 == story.step().observed.weight


@pytest.mark.parametrize(("seconds", "requests"), [(2, 0), (12, 2_000), (300, 9_000)])
def test_traffic_that_may_suffice_is_waited_for(seconds: int, requests: int) -> None:
    assert Phase.CANARY is in_canary("10m", seconds, requests).record.phase


def test_missing_evidence_holds_then_goes_on_where_it_was() -> None:
    story = Story().until(Phase.SHADOW)
    story.missing = {Source.SHADOW}
    story.step()
    assert Phase.SHADOW is story.record.phase
    story.step(wait=301)
    assert (Phase.HELD, Cause.EVIDENCE) == (story.record.phase, story.cause)
    assert frozenset({Source.SHADOW}) == (story.desired and story.desired.collect)
    story.missing = set()
    assert Phase.SHADOW is story.step().record.phase
    assert Phase.CANARY is story.step().record.phase


def test_why_no_evidence_comes_is_said_where_it_is_known() -> None:
    story = Story().until(Phase.SHADOW)
    story.missing = {Source.SHADOW}
    story.step(evidence_problem="fraud-stable did not answer within 30 s.").step(wait=301)
    assert "no evidence from shadow: fraud-stable did not answer within 30 s." == story.record.reason


def test_evidence_that_stays_away_sends_it_back() -> None:
    story = Story().until(Phase.CANARY)
    story.missing = {Source.TRAFFIC}
    story.step().step(wait=301)
    assert (Phase.HELD, 0) == (story.record.phase, story.observed.weight)
    story.step(wait=86_401)
    assert Phase.ROLLING_BACK is story.record.phase
    assert story.record.reason.startswith("no verdict within the deadline; no evidence from traffic")
    assert not story.record.rejected


def test_evidence_in_doubt_neither_passes_nor_fails() -> None:
    bad = pairs(8_000, decisions=4_000)
    story = (
        Story().show(Source.SHADOW, counts=bad, error="control: a row of stable differs").until(Phase.HELD)
    )
    assert (Cause.EVIDENCE, False) == (story.cause, story.record.rejected)
    assert "ERROR  evidence from shadow: control: a row of stable differs" == story.record.reason


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("candidate", "digest-of-another"),
        ("since", START - timedelta(hours=1)),
        ("at", START - timedelta(hours=1)),
    ],
)
def test_evidence_about_something_else_is_not_looked_at(name: str, value: object) -> None:
    story = Story().until(Phase.SHADOW).show(Source.SHADOW, **{name: value})
    story.step().step().step()
    assert Phase.SHADOW is story.record.phase
    assert Cause.EVIDENCE is story.step(wait=301).cause


def test_traffic_counted_at_another_weight_is_not_looked_at() -> None:
    story = Story().until(Phase.CANARY).show(Source.TRAFFIC, weight=25)
    assert Phase.CANARY is story.step().step().record.phase
    assert 0 == story.record.step
