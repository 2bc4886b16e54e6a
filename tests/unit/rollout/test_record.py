"""The record of a rollout: one small document that later versions still read."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from fraud_rollout.core.decide import decide
from fraud_rollout.core.state.command import Command, Verb
from fraud_rollout.core.state.observed import Source
from fraud_rollout.core.state.phase import Phase
from fraud_rollout.core.state.record import LARGEST, Record, RecordUnreadable
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_rollout.judge.gates import within
from fraud_rollout.judge.verdict import Count
from support.rollouts.decisions import SEEN, START, evidence, pairs, record, traffic

OLD = Path(__file__).with_name("record_v1.json")
"""Written by the first release with this schema; never to be written again."""


def test_a_record_of_schema_version_1_is_still_read() -> None:
    old = Record.from_json(OLD.read_text())
    assert ("rollout-1", Phase.ROLLED_BACK, True) == (old.id, old.phase, old.rejected)
    assert ["golden", "evaluation", "shadow"] == [each.source for each in old.judged]
    assert "decisions  FAIL" in old.reason


def test_writing_and_reading_changes_nothing() -> None:
    old = Record.from_json(OLD.read_text())
    assert old == Record.from_json(old.to_json())
    assert 1 == json.loads(old.to_json())["schema_version"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Not the record of a rollout"),
        ("[]", "Not the record of a rollout"),
        ('{"id": "x"}', "Not the record of a rollout: no JSON object with a schema_version"),
        ('{"schema_version": 2}', "schema version 2; this release reads up to 1"),
        ('{"schema_version": 1, "id": "x"}', "The record is damaged: created: Field required"),
        (
            record().to_json().replace('"Pending"', '"Waiting"').replace("{", '{"phase":"Waiting",', 1),
            "damaged: phase",
        ),
        (record().to_json()[:-20], "Not the record of a rollout"),
    ],
)
def test_what_is_no_record_is_refused(text: str, said: str) -> None:
    with pytest.raises(RecordUnreadable, match=said):
        Record.from_json(text)


def many_categories(counts: dict[str, Count]) -> dict[str, Count]:
    """As many categories as a large business has, each with a long name."""
    inside = {
        within(gate, f"category-{number}-{'x' * 40}"): count
        for gate, count in counts.items()
        if "[" not in gate
        for number in range(300)
    }
    return counts | inside


def busy(command: int, verb: Verb, now: datetime) -> Command:
    return Command(id=f"{command:064}", verb=verb, by="ä" * 128, reason="é" * 300, at=now)


@pytest.mark.no_cover  # thousands of decisions
def test_the_longest_rollout_stays_below_64_kb() -> None:
    """Ten steps, hundreds of looks at each, flapping evidence, three hundred categories, busy people."""
    strategy = Strategy(steps=tuple(range(5, 55, 5)), requests=10_000_000)
    now, rollout, weight = START, record(strategy=strategy), 0
    compared = many_categories(pairs(4_000, decisions=6))
    for number in range(1_600):
        now += timedelta(seconds=7)
        given = {source: evidence(rollout, source, now, weight) for source in Source}
        given[Source.SHADOW] = replace(given[Source.SHADOW], counts=compared)
        requests = traffic(100 if number < 700 else 100 + number % 60 * 20, max(1, weight))
        given[Source.TRAFFIC] = replace(given[Source.TRAFFIC], counts=requests, note="live " * 100)
        if number % 3 == 0:
            given = {source: replace(each, error="torn " * 100) for source, each in given.items()}
        people = {30: Verb.PAUSE, 31: Verb.RESUME}.get(number % 32)
        rollout, desired = decide(
            rollout,
            strategy,
            replace(
                SEEN,
                weight=weight,
                aliases=None,
                evidence=given,
                commands=[busy(number, people, now)] if people else [],
            ),
            now,
        )
        weight = desired.weights["fraud-candidate"]
    assert Phase.HELD == rollout.phase
    assert rollout.soaked
    assert (10, 40) == (len(rollout.commands), len(rollout.spans))
    assert rollout.dropped_commands > 50
    assert rollout.dropped_spans > 50
    assert {5, 50, 100} <= {each.weight for each in rollout.judged if each.passed}
    assert len(rollout.to_json().encode()) < LARGEST
    assert rollout == Record.from_json(rollout.to_json())
