"""What the time of a rollout went to."""

from datetime import timedelta

from fraud_rollout.core.durations import Spent, described, durations
from support.rollouts.promoted import Labelled, Story
from support.rollouts.records import record


def test_work_evidence_and_people_add_up_to_the_whole_rollout() -> None:
    promoted = Story(Labelled.made()).run()
    spent = durations(promoted)
    whole = promoted.spans[-1].begun - promoted.spans[0].begun
    assert whole == sum(spent.values(), timedelta())
    # It is paused at the ninth look and resumed at the twelfth, thirty seconds apart.
    assert timedelta(seconds=90) == spent[Spent.PEOPLE]
    assert min(spent[Spent.WORKING], spent[Spent.EVIDENCE]) >= timedelta(seconds=30)


def test_one_that_just_began_has_spent_nothing() -> None:
    assert "0 s working, 0 s waiting for evidence, 0 s waiting for people" == described(record())
