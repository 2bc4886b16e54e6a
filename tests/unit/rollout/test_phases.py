"""The ways of a rollout, told step by step; the random walks are in tests/property."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fraud_rollout.core.state.command import Verb
from fraud_rollout.core.state.desired import Pods
from fraud_rollout.core.state.observed import Alias, Readiness, Source
from fraud_rollout.core.state.phase import Cause, Phase
from fraud_rollout.core.strategy.strategy import Approval, Strategy
from support.rollouts.decisions import (
    AWAY,
    CANDIDATE,
    READY,
    STABLE,
    START,
    release,
    traffic,
)
from support.rollouts.story import Story, command

MOVED = {Alias.PRODUCTION: CANDIDATE.digest, Alias.PREVIOUS: STABLE.digest}


def test_a_good_candidate_goes_all_the_way() -> None:
    story = Story().until(Phase.PROMOTING).step(aliases=MOVED)
    assert [
        "Preparing 0", "Preflight 0", "Shadow 0", "Canary 5", "Canary 25", "Canary 50", "Soak 100",
        "Promoting 100", "Promoted 100",
    ] == story.phases  # fmt: skip
    assert story.desired is not None
    assert {"fraud-stable": 0, "fraud-candidate": 100} == story.desired.weights
    assert {Alias.PRODUCTION: CANDIDATE, Alias.PREVIOUS: STABLE} == story.desired.aliases
    assert Pods.WARM is story.desired.releases["fraud-stable"].pods
    assert all(each.passed for each in story.record.judged)
    parked = story.step(wait=3_601).desired
    assert parked is not None
    assert Pods.PARKED is parked.releases["fraud-stable"].pods


def test_a_step_waits_for_pods_that_can_carry_it() -> None:
    story = Story().until(Phase.CANARY)
    few = Readiness(ready=True, carries=5)
    story.step(candidate=few)
    assert ("Canary 25", 5) == (story.phases[-1], story.observed.weight)
    assert story.desired is not None
    assert 25 == story.desired.releases["fraud-candidate"].share
    story.step(candidate=few).step(candidate=few)
    assert ("Canary 25", 5) == (story.phases[-1], story.observed.weight)
    story.step(candidate=READY).step()
    assert ("Canary 25", "Canary 50") == (story.phases[-2], story.phases[-1])


def test_stable_away_changes_no_weights() -> None:
    story = Story().until(Phase.CANARY).step()
    assert 25 == story.observed.weight
    story.step(stable=AWAY)
    assert (Cause.STABLE_AWAY, 25) == (story.cause, story.observed.weight)
    story.step(command(Verb.ABORT), stable=AWAY)
    assert (Phase.ROLLING_BACK, 25) == (story.record.phase, story.observed.weight)
    story.step(stable=READY)
    assert 0 == story.observed.weight
    assert Phase.ROLLED_BACK is story.step().record.phase


def test_candidate_away_leaves_all_to_stable_and_comes_back() -> None:
    story = Story().until(Phase.CANARY).step()
    story.step(candidate=AWAY)
    assert (Cause.CANDIDATE_AWAY, 0) == (story.cause, story.observed.weight)
    story.step(candidate=READY)
    assert ("Canary 25", 25) == (story.phases[-1], story.observed.weight)


def test_a_candidate_that_broke_for_good_goes_back() -> None:
    story = Story().until(Phase.SOAK).step(candidate=Readiness(failure="killed for its memory, 5 times"))
    assert (Phase.ROLLING_BACK, 0) == (story.record.phase, story.observed.weight)
    assert "killed for its memory, 5 times" == story.record.reason


@pytest.mark.parametrize("wait", [2, 601])
def test_a_candidate_that_never_gets_ready_fails(wait: int) -> None:
    failure = "" if wait > 600 else "no such image"
    story = Story().step(candidate=Readiness(failure=failure)).step(wait=wait)
    assert Phase.FAILED is story.record.phase
    assert story.record.reason == failure or "did not become ready in time" in story.record.reason


def test_what_was_changed_by_hand_waits_for_a_person() -> None:
    story = Story().until(Phase.SHADOW).step(stable=replace(READY, altered="its policy"))
    assert (Cause.ALTERED, "fraud-stable was changed: its policy") == (story.cause, story.record.reason)
    story.step(stable=READY)
    assert Phase.HELD is story.record.phase
    assert Phase.SHADOW is story.step(command(Verb.RESUME)).record.phase


def test_a_newer_candidate_supersedes_until_the_soak() -> None:
    newer = release("newer", 3)
    assert Phase.SUPERSEDED is Story().until(Phase.CANARY).step(newer=newer).record.phase
    story = Story().until(Phase.SOAK).step(newer=newer)
    assert Phase.PROMOTING is story.record.phase
    held = Story().until(Phase.SHADOW).step(command(Verb.PAUSE)).step(newer=newer)
    assert Phase.SUPERSEDED is held.record.phase


def test_a_failure_in_the_soak_goes_back_to_the_better_known_release() -> None:
    story = Story().until(Phase.SOAK).show(Source.TRAFFIC, counts=traffic(2_000, 100, errors=60)).step()
    assert (Phase.ROLLING_BACK, 0) == (story.record.phase, story.observed.weight)
    assert {Alias.REJECTED: CANDIDATE} == (story.desired and story.desired.aliases)


def test_the_registry_away_holds_the_aliases_only() -> None:
    story = Story().until(Phase.PROMOTING).step(aliases=None)
    assert (Cause.REGISTRY, 100) == (story.cause, story.observed.weight)
    assert story.desired is not None
    assert CANDIDATE == story.desired.aliases[Alias.PRODUCTION]
    story.step(wait=100_000)
    assert Phase.HELD is story.record.phase
    assert Phase.PROMOTED is story.step(aliases=MOVED).step().record.phase


def test_pausing_returns_to_the_last_weight_that_passed() -> None:
    story = Story().until(Phase.CANARY).step().step()
    assert ("Canary 50", 50) == (story.phases[-1], story.observed.weight)
    story.step(command(Verb.PAUSE))
    assert (Cause.PAUSED, 25, "paused by ada: because") == (
        story.cause,
        story.observed.weight,
        story.record.reason,
    )
    story.step(command(Verb.PROMOTE, "c2"))
    assert "gates are passed by evidence alone" in story.record.commands[-1].answer
    assert Phase.HELD is story.record.phase
    story.step(command(Verb.RESUME, "c3"))
    assert ("Canary 50", 50) == (story.phases[-1], story.observed.weight)


@pytest.mark.parametrize(
    ("approval", "weight", "before"),
    [(Approval.BEFORE_TRAFFIC, 0, Phase.SHADOW), (Approval.BEFORE_FULL, 25, Phase.CANARY)],
)
def test_an_approval_is_asked_where_the_strategy_says(approval: Approval, weight: int, before: Phase) -> None:
    story = Story(Strategy(approval=approval)).until(Phase.HELD)
    assert (Cause.APPROVAL, weight) == (story.cause, story.observed.weight)
    assert story.record.hold is not None
    assert before is story.record.hold.back_to
    story.step(command(Verb.RESUME, "c1"))
    assert Phase.HELD is story.record.phase
    story.step(command(Verb.PROMOTE, "c2"))
    assert story.record.phase in {Phase.CANARY, Phase.SOAK}


def test_a_rollback_after_the_promotion_starts_stable_first() -> None:
    story = Story().until(Phase.PROMOTING).step(aliases=MOVED).step(wait=7_200, stable=AWAY)
    assert Phase.PROMOTED is story.record.phase
    story.step(command(Verb.ROLLBACK))
    assert (Phase.ROLLING_BACK, 100, True) == (
        story.record.phase,
        story.observed.weight,
        story.record.demoted,
    )
    assert story.desired is not None
    assert Pods.WARM is story.desired.releases["fraud-stable"].pods
    story.step(stable=READY)
    assert 0 == story.observed.weight
    assert STABLE == story.desired.aliases[Alias.PRODUCTION]
    assert Phase.ROLLED_BACK is story.step().record.phase


def test_a_command_is_answered_once() -> None:
    story = Story().until(Phase.SHADOW).step(command(Verb.PAUSE)).step(command(Verb.RESUME, "c2"))
    story.step(command(Verb.PAUSE), command(Verb.RESUME, "c2"))
    assert ["c1", "c2"] == [each.command.id for each in story.record.commands]
    assert Phase.CANARY is story.record.phase


@pytest.mark.parametrize("verb", list(Verb))
def test_what_ended_takes_no_commands(verb: Verb) -> None:
    story = Story().step(candidate=Readiness(failure="no such image")).step().step(command(verb))
    assert Phase.FAILED is story.record.phase
    assert [False] == [each.accepted for each in story.record.commands]


def test_the_first_release_of_all_needs_no_stable() -> None:
    story = Story(first=True).until(Phase.SOAK)
    assert story.desired is not None
    assert {"fraud-candidate": 100} == story.desired.weights
    story.until(Phase.PROMOTING).step(aliases={Alias.PRODUCTION: CANDIDATE.digest})
    assert ["Preparing 0", "Preflight 0", "Soak 100", "Promoting 100", "Promoted 100"] == story.phases
    refused = story.step(command(Verb.ROLLBACK)).record.commands[-1]
    assert (False, "there is no earlier release to go back to") == (refused.accepted, refused.answer)


def test_a_clock_that_jumps_promotes_nothing() -> None:
    story = Story().until(Phase.CANARY)
    assert Phase.CANARY is story.step(wait=-100_000).record.phase
    ahead = Story().until(Phase.SHADOW)
    ahead.missing = {Source.SHADOW}
    assert ahead.step(wait=10_000_000).record.phase in {Phase.HELD, Phase.ROLLING_BACK}


def test_each_stay_in_a_phase_has_its_times() -> None:
    story = Story().until(Phase.PREFLIGHT).step(wait=30)
    first, second = story.record.spans[:2]
    assert (START + timedelta(seconds=2), START + timedelta(seconds=4)) == (first.begun, first.ended)
    assert (first.ended, None) == (second.begun, second.ended)


def test_while_the_proxy_is_away_the_candidate_is_held_and_not_judged() -> None:
    story = Story().until(Phase.CANARY)
    story.show(Source.TRAFFIC, counts=traffic(2_000, 5, errors=500))
    away = "Envoy does not run and is started again"
    story.step(proxy_failure=away).step(proxy_failure=away)
    assert (Phase.HELD, Cause.PROXY_AWAY, away) == (story.record.phase, story.cause, story.record.reason)
    story.changes.clear()
    story.step(proxy_failure="")
    assert (Phase.CANARY, "goes on: proxy away is over") == (story.record.phase, story.record.reason)
