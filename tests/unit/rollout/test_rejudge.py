"""Another strategy over the evidence of a rollout that was promoted."""

from typing import Any

import pytest

from fraud_rollout.core.rejudge import End, rejudge
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.strategy.strategy import Strategy
from support.rollouts.promoted import STRATEGY, Labelled, Story
from support.rollouts.records import record


@pytest.fixture(scope="module")
def promoted() -> Record:
    return Story(Labelled.made()).run()


def strategy(**changes: Any) -> Strategy:  # noqa: ANN401 - any part
    return Strategy.model_validate(STRATEGY.model_dump() | changes)


def test_its_own_strategy_leads_to_its_own_end(promoted: Record) -> None:
    found = rejudge(promoted, promoted.strategy)
    assert End.PASSES is found.end
    assert found.reason.startswith("all gates passed: golden, evaluation, shadow, traffic at 5 %")
    assert found == rejudge(Record.from_json(promoted.to_json()), STRATEGY)


@pytest.mark.parametrize(
    ("gate", "limits", "end", "reason"),
    [
        ("slow", {"tolerable": 0.001, "harmful": 0.002}, End.REJECTED, "traffic at 5 %: slow  FAIL  10 of"),
        ("decisions", {"tolerable": 0.0001, "harmful": 0.004}, End.UNDECIDED, "shadow: decisions  INSUFF"),
        ("errors", {"tolerable": 0.0001, "harmful": 0.001}, End.UNDECIDED, "traffic at 5 %: errors  INSUFF"),
    ],
)
def test_stricter_gates_end_otherwise(
    promoted: Record, gate: str, limits: dict[str, float], end: End, reason: str
) -> None:
    gates = STRATEGY.gates.model_dump() | {gate: limits}
    found = rejudge(promoted, strategy(gates=gates))
    assert (end, True) == (found.end, found.reason.startswith(reason)), found


def test_what_was_not_judged_or_not_trusted_is_undecided(promoted: Record) -> None:
    assert End.UNDECIDED is rejudge(record(), STRATEGY).end
    torn = promoted.judged[-1].model_copy(update={"error": "torn rows"})
    found = rejudge(promoted.model_copy(update={"judged": (torn,)}), STRATEGY)
    assert (End.UNDECIDED, "traffic at 100 %: torn rows") == (found.end, found.reason)
