"""Which candidates get a rollout at all."""

from datetime import timedelta
from typing import Any

import pytest

from fraud_rollout.core.admission import Following, refusal, rollback_refusal, rollback_to
from fraud_rollout.core.decide import decide
from fraud_rollout.core.state.command import Command, Verb
from fraud_rollout.core.state.observed import Alias
from fraud_rollout.core.state.phase import Phase
from fraud_rollout.core.strategy.strategy import Strategy
from support.rollouts.decisions import AWAY, CANDIDATE, READY, SEEN, STABLE, START, record, release

REJECTED = record().model_copy(update={"phase": Phase.ROLLED_BACK, "reason": "cost  FAIL", "rejected": True})
PROMOTED = record().model_copy(update={"phase": Phase.PROMOTED})


def test_a_new_candidate_may_begin() -> None:
    assert refusal(CANDIDATE, Following(STABLE, [])) == ""
    assert refusal(CANDIDATE, Following(None, [])) == ""


def test_what_is_in_production_has_nothing_to_do() -> None:
    assert refusal(STABLE, Following(STABLE, [])) == "fraud-stable is in production already"


def test_a_rejection_is_remembered_by_digest_until_a_person_asks_again() -> None:
    retagged = CANDIDATE.model_copy(
        update={"name": "fraud-other", "model": CANDIDATE.model.model_copy(update={"version": "v9"})}
    )
    following = Following(STABLE, [REJECTED])
    assert refusal(retagged, following) == (
        "rollout-1 rejected it: cost  FAIL; start it with --again to try once more"
    )
    assert refusal(retagged, following, again=True) == ""
    assert refusal(release("another", 3), following) == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"reason": "aborted by ada: not today"},
            "rollout-1 ended before its gates had decided: abo",
        ),
        (
            {"phase": Phase.FAILED, "reason": "no image"},
            "it never got ready in rollout-1: no image",
        ),
    ],
)
def test_what_no_gate_rejected_is_not_called_rejected(changes: dict[str, Any], said: str) -> None:
    ended = REJECTED.model_copy(update={"rejected": False, **changes})
    assert refusal(CANDIDATE, Following(STABLE, [ended])).startswith(said)


def test_one_that_succeeded_when_tried_again_is_rejected_no_longer() -> None:
    assert refusal(CANDIDATE, Following(STABLE, [REJECTED, PROMOTED])) == ""


def test_after_a_rollback_versions_up_to_the_one_left_are_on_hold() -> None:
    left = REJECTED.model_copy(update={"demoted": True, "rejected": False})
    following = Following(STABLE, [left])
    assert "candidates up to it are on hold" in refusal(release("older", 1), following)
    assert "candidates up to it are on hold" in refusal(release("same", 2), following)
    assert refusal(release("newer", 3), following) == ""
    assert refusal(release("older", 1), following, again=True) == ""


def test_a_suspension_holds_against_again() -> None:
    following = Following(STABLE, [], suspended="freeze, by ada")
    assert refusal(CANDIDATE, following, again=True) == "rollouts are suspended: freeze, by ada"


def test_one_rollout_at_a_time() -> None:
    running = record().model_copy(update={"phase": Phase.SHADOW})
    assert refusal(release("third", 3), Following(STABLE, [running]), again=True) == (
        "rollout-1 of fraud-candidate is Shadow"
    )


def test_returning_to_an_earlier_release_asks_no_gate() -> None:
    command = Command(id="c1", verb=Verb.ROLLBACK, by="ada", reason="chargebacks", at=START)
    back = rollback_to(STABLE, CANDIDATE, command, Strategy(), START)
    # While the earlier one starts, the present one keeps serving.
    starting = SEEN.__class__(candidate=READY, stable=AWAY, weight=100)
    back, wanted = decide(back, back.strategy, starting, START)
    assert (Phase.ROLLING_BACK, {"fraud-stable": 0, "fraud-candidate": 100}) == (back.phase, wanted.weights)
    started = SEEN.__class__(candidate=READY, stable=READY, weight=100)
    back, wanted = decide(back, back.strategy, started, START + timedelta(seconds=2))
    assert {"fraud-stable": 100, "fraud-candidate": 0} == wanted.weights
    assert wanted.aliases[Alias.PRODUCTION] == STABLE
    back, wanted = decide(back, back.strategy, SEEN, START + timedelta(seconds=4))
    assert (Phase.ROLLED_BACK, "rolled back by ada: chargebacks") == (back.phase, back.reason)


def test_a_return_needs_a_release_that_does_not_serve() -> None:
    assert "" == rollback_refusal(CANDIDATE, Following(STABLE, [PROMOTED]))
    assert "fraud-stable is in production already" == rollback_refusal(STABLE, Following(STABLE, []))
    assert "nothing is in production" == rollback_refusal(STABLE, Following(None, []))
