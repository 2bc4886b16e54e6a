"""What each gate does with a candidate, told step by step."""

import pytest

from fraud_rollout.core.state.command import Verb
from fraud_rollout.core.state.desired import Pods
from fraud_rollout.core.state.observed import Alias, Evidence, Source
from fraud_rollout.core.state.phase import Cause, Phase
from fraud_rollout.core.strategy.rules import Rules
from fraud_rollout.core.strategy.strategy import ChangeLimits, Gates, Strategy
from fraud_rollout.judge.verdict import Count, Verdict
from support.rollouts.decisions import (
    CANDIDATE,
    START,
    change,
    evaluation,
    pairs,
    traffic,
)
from support.rollouts.story import Story, command


@pytest.mark.parametrize(
    ("source", "changes", "reason"),
    [
        (Source.GOLDEN, {"counts": {"golden": Count(events=1, observations=300)}}, "golden  FAIL  1 of 300"),
        (Source.EVALUATION, {"evaluation": evaluation(cost=0.5)}, "cost  FAIL  +50.0 %"),
        (Source.EVALUATION, {"evaluation": evaluation(precision=-0.1)}, "precision  FAIL  -0.1000"),
        (
            Source.EVALUATION,
            {"evaluation": evaluation().model_copy(update={"calibration": change(0.5, 0.01)})},
            "calibration  FAIL",
        ),
        (
            Source.EVALUATION,
            {"evaluation": evaluation().model_copy(update={"recall": {"travel": change(-0.6, 0.05)}})},
            "recall[travel]  FAIL",
        ),
        (Source.SHADOW, {"counts": pairs(4_000, decisions=80)}, "decisions  FAIL  80 of 4,000 pairs differ"),
        (Source.SHADOW, {"counts": pairs(4_000, scores=80)}, "scores  FAIL  80 of 4,000 pairs differ"),
        (
            Source.SHADOW,
            {"counts": pairs(4_000) | {"decisions[home]": Count(events=60, observations=200)}},
            "decisions[home]  FAIL  60 of 200",
        ),
        (
            Source.TRAFFIC,
            {"counts": traffic(2_000, 5, errors=60)},
            "errors  FAIL  60 of 2,000 requests failed",
        ),
        (Source.TRAFFIC, {"counts": traffic(2_000, 5, slow=900)}, "slow  FAIL  900 of 2,000 requests"),
        (Source.TRAFFIC, {"counts": traffic(2_000, 5, restarts=1)}, "restarts  FAIL"),
        (Source.TRAFFIC, {"counts": traffic(2_000, 5, memory=9)}, "memory  FAIL  9 of 10 looks"),
        (
            Source.TRAFFIC,
            {"counts": traffic(2_000, 5) | {"weight": Count(events=2_000, observations=8_000)}},
            "weight  FAIL  2,000 of 8,000 requests went to the candidate",
        ),
    ],
    ids=lambda value: value[:14] if isinstance(value, str) else None,
)
def test_each_gate_takes_a_bad_candidate_back(
    source: Source, changes: dict[str, object], reason: str
) -> None:
    story = Story().show(source, **changes).until(Phase.ROLLED_BACK)
    assert story.record.reason.startswith(reason)
    assert story.record.rejected
    assert story.desired is not None
    assert {"fraud-stable": 100, "fraud-candidate": 0} == story.desired.weights
    assert {Alias.REJECTED: CANDIDATE} == story.desired.aliases
    assert Pods.PARKED is story.desired.releases["fraud-candidate"].pods


def test_a_rate_between_the_limits_is_held_for_a_person() -> None:
    story = Story().show(Source.SHADOW, counts=pairs(8_000, decisions=47)).until(Phase.HELD)
    assert (Cause.UNDECIDED, 0) == (story.cause, story.observed.weight)
    assert "decisions  INSUFFICIENT  47 of 8,000 pairs differ" in story.record.reason
    assert "no verdict will come at this rate" in story.record.reason
    story.step(command(Verb.PROMOTE, evidence=story.record.evidence_digest))
    assert Phase.CANARY is story.record.phase
    assert ("undecided in Shadow by ada",) == story.record.accepted


def test_a_promotion_on_other_evidence_is_refused() -> None:
    story = Story().show(Source.SHADOW, counts=pairs(8_000, decisions=47)).until(Phase.HELD)
    story.step(command(Verb.PROMOTE, evidence="something else"))
    assert Phase.HELD is story.record.phase
    assert [(False, "the evidence has changed since it was looked at; look again")] == [
        (each.accepted, each.answer) for each in story.record.commands
    ]


def test_a_load_that_rises_asks_a_person() -> None:
    more = pairs(8_000) | {"reviews": Count(events=300, observations=380)}
    story = Story().show(Source.SHADOW, counts=more).until(Phase.HELD)
    assert Cause.LOAD is story.cause
    assert story.record.reason.startswith("reviews  HELD  300 of 380 reviews by either are the candidate's")
    assert Phase.CANARY is story.step(command(Verb.PROMOTE)).record.phase


def test_a_certain_gain_widens_the_limits() -> None:
    changed = pairs(8_000, decisions=44, scores=35)
    without = Story().show(Source.SHADOW, counts=changed).until(Phase.HELD)
    assert (Cause.UNDECIDED, False) == (without.cause, without.record.gain)
    better = Story().show(Source.SHADOW, counts=changed)
    better.show(Source.EVALUATION, evaluation=evaluation(cost=-0.1)).until(Phase.CANARY)
    assert better.record.gain


@pytest.mark.parametrize("cost", [-0.3, 0.0, 0.5])
def test_few_frauds_give_no_verdict_on_money_and_no_certain_gain(cost: float) -> None:
    few = evaluation(cost=cost).model_copy(update={"frauds": 54})
    rules = Rules(Strategy())
    found = rules.findings(
        Source.EVALUATION, Evidence(CANDIDATE.digest, START, START, evaluation=few), first=False
    )
    by_gate = {each.gate: each for each in found}
    assert [Verdict.INSUFFICIENT] * 2 == [by_gate[name].verdict for name in ("cost", "precision")]
    assert "54 frauds among the labelled payments, a verdict takes 200" == by_gate["cost"].detail
    assert not rules.certain_gain(few)
    assert rules.certain_gain(evaluation(cost=cost)) == (cost < 0)


def looked(times: int, grown: int = 0) -> dict[str, Count]:
    """Of so many requests that all other gates pass, however few looks at memory they leave time for."""
    return traffic(100_000, 5) | {
        "memory": Count(events=grown, observations=times),
        "restarts": Count(events=0, observations=times),
    }


@pytest.mark.parametrize(("times", "grown"), [(1, 0), (7, 0), (7, 6), (8, 7)])
def test_no_weight_is_passed_before_memory_was_looked_at_often_enough(times: int, grown: int) -> None:
    story = Story().until(Phase.CANARY).show(Source.TRAFFIC, counts=looked(times, grown))
    story.step(wait=60.0).step(wait=60.0)
    assert (Phase.CANARY, 5) == (story.record.phase, story.observed.weight), story.record.reason


def test_memory_that_grows_in_most_looks_is_a_leak_and_in_none_is_none() -> None:
    leaking = Story().until(Phase.CANARY).show(Source.TRAFFIC, counts=looked(14, 12)).step().step()
    assert Phase.ROLLED_BACK is leaking.record.phase
    assert leaking.record.reason.startswith("memory  FAIL  12 of 14 looks")
    steady = Story().until(Phase.CANARY).show(Source.TRAFFIC, counts=looked(8)).step()
    assert "Canary 25" == steady.phases[-1]


def test_what_still_has_traffic_is_judged_while_it_is_held() -> None:
    story = Story().until(Phase.CANARY).step().step().step(command(Verb.PAUSE))
    story.show(Source.TRAFFIC, counts=traffic(2_000, 25, errors=60)).step()
    assert (Phase.ROLLING_BACK, True) == (story.record.phase, story.record.rejected)


def test_the_first_release_of_all_is_held_to_bars() -> None:
    poor = evaluation().model_copy(update={"saved": 0.2})
    story = Story(first=True).show(Source.EVALUATION, evaluation=poor).until(Phase.ROLLED_BACK)
    assert "saved  FAIL  20.0 % of the cost of approving everything, at least 50.0 %" == story.record.reason
    assert {} == (story.desired and story.desired.weights)


def test_gates_that_are_off_are_not_asked() -> None:
    money = Strategy(gates=Gates(decisions=None, scores=None, categories=None))
    story = Story(money).until(Phase.PREFLIGHT).until(Phase.CANARY)
    assert "Shadow 0" not in story.phases
    lax = Strategy(cost=ChangeLimits(tolerable=1.0, harmful=2.0), precision=None)
    assert (
        Phase.CANARY
        is Story(lax)
        .show(Source.EVALUATION, evaluation=evaluation(cost=0.5, precision=-0.2))
        .until(Phase.CANARY)
        .record.phase
    )
