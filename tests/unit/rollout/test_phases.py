"""The ways of a rollout, told step by step; the random walks are in tests/property."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fraud_rollout.core.decide import decide
from fraud_rollout.core.state.command import Command, Verb
from fraud_rollout.core.state.desired import Desired, Pods
from fraud_rollout.core.state.observed import Alias, Evidence, Readiness, Source
from fraud_rollout.core.state.phase import Cause, Phase
from fraud_rollout.core.strategy.duration import parse
from fraud_rollout.core.strategy.rules import Rules
from fraud_rollout.core.strategy.strategy import Approval, ChangeLimits, Deadlines, Gates, Strategy
from fraud_rollout.judge.verdict import Count, Verdict
from support.rollouts.decisions import (
    AWAY,
    CANDIDATE,
    READY,
    SEEN,
    STABLE,
    START,
    change,
    evaluation,
    evidence,
    pairs,
    record,
    release,
    traffic,
)

MOVED = {Alias.PRODUCTION: CANDIDATE.digest, Alias.PREVIOUS: STABLE.digest}


class Story:
    """A rollout on a platform that does at once what is wanted."""

    def __init__(self, strategy: Strategy | None = None, *, first: bool = False) -> None:
        self.record = record(strategy, None if first else STABLE)
        self.now = START
        self.observed = replace(SEEN, stable=None if first else READY)
        self.desired: Desired | None = None
        self.changes: dict[Source, dict[str, object]] = {}
        self.missing: set[Source] = set()

    def step(self, *commands: Command, wait: float = 2.0, **changes: object) -> "Story":
        """One look, `wait` seconds after the last."""
        self.now += timedelta(seconds=wait)
        self.observed = replace(self.observed, **changes)  # type: ignore[arg-type]
        weight = self.observed.weight or 0
        given = {source: evidence(self.record, source, self.now, weight) for source in Source}
        for source, spoilt in self.changes.items():
            given[source] = replace(given[source], **spoilt)  # type: ignore[arg-type]
        shown = {source: each for source, each in given.items() if source not in self.missing}
        looked = replace(self.observed, evidence=shown, commands=commands)
        self.record, self.desired = decide(self.record, self.record.strategy, looked, self.now)
        self.observed = replace(self.observed, weight=self.desired.weights.get(CANDIDATE.name, 0))
        return self

    def show(self, source: Source, **changes: object) -> "Story":
        """From now on, evidence from `source` differs from a good candidate's by `changes`."""
        self.changes[source] = changes
        return self

    def until(self, phase: Phase, at_most: int = 30) -> "Story":
        for _ in range(at_most):
            if self.record.phase is phase:
                return self
            self.step()
        raise AssertionError(f"{self.record.phase} after {at_most} steps: {self.record.reason}")

    @property
    def phases(self) -> list[str]:
        return [f"{span.phase} {span.weight}" for span in self.record.spans]

    @property
    def cause(self) -> Cause | None:
        return self.record.hold.cause if self.record.hold else None


def command(verb: Verb, name: str = "c1", *, evidence: str = "") -> Command:
    return Command(id=name, verb=verb, by="ada", reason="because", at=START, evidence=evidence)


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


def test_too_few_labelled_payments_are_missing_evidence() -> None:
    small = evaluation().model_copy(update={"rows": 1_000})
    story = Story().show(Source.EVALUATION, evaluation=small).until(Phase.PREFLIGHT).step().step()
    assert Phase.PREFLIGHT is story.record.phase
    story.step(wait=301).step(wait=1)
    assert Cause.EVIDENCE is story.cause
    assert "1,000 labelled payments, the strategy asks for 250,000" in story.record.reason


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
