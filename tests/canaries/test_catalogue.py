"""Candidates of all kinds on real servers: each fault is found where it must be, good ones are promoted."""

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL
from fraud_contract.errors import PairMismatch
from fraud_rollout.core.state.phase import ENDS, Phase
from fraud_training.release.faulty import copy_with_note, rotate_categories
from support.rollouts.candidates import Field
from support.rollouts.catalogue import EQUAL, Entry

LOSING = {"failing", "crashing", "hoarding"}
"""Faults by which a candidate fails requests that it has read."""


def test_a_candidate_ends_where_it_must(live: Field, entry: Entry, table: dict[str, str]) -> None:
    before = live.stable_digest
    outcome = live.judged(entry)
    table[entry.name] = outcome.row(entry.name)
    assert (entry.end, entry.found_in) == (outcome.record.phase, outcome.found_in), outcome.record.reason
    assert entry.said in outcome.record.reason
    assert outcome.decided_by in (entry.gates or {""})
    assert (outcome.customers > 0) == entry.meets_customers
    if entry.predictor[-1] not in LOSING:
        assert 0 == outcome.lost
    promoted = entry.end is Phase.PROMOTED
    assert (outcome.record.candidate.digest if promoted else before) == outcome.production


def mixed(sound: Path, target: Path, other: Path) -> None:
    """The model of one training with the preprocessor of another."""
    rotate_categories(sound, other)
    shutil.copytree(sound / PRODUCTION_MODEL, target / PRODUCTION_MODEL)
    shutil.copytree(other / PREPROCESSOR, target / PREPROCESSOR)


def test_a_mixed_pair_is_refused_before_anything_runs(
    live: Field, tmp_path: Path, table: dict[str, str]
) -> None:
    entry = Entry("mixed", partial(mixed, other=tmp_path / "other"), EQUAL.end, EQUAL.found_in)
    with pytest.raises(PairMismatch, match="was trained with preprocessor"):
        live.judged(entry)
    name = "model and preprocessor of two trainings"
    table[name] = f"| {name} | refused | before it starts | the digest in the model | 0 | 0 | 0 | 0 |"


def test_of_two_candidates_in_quick_succession_the_newer_one_is_judged(live: Field) -> None:
    first, second = (
        replace(EQUAL, name=name, make=partial(noted, note=name)) for name in ("first", "second")
    )
    record = live.reconciled(live.rollouts.start(live.installed(first), first.strategy), {Phase.SHADOW})
    newer = live.installed(second).release
    live.rollouts.supersede(newer)
    ended = live.reconciled(record, ENDS)
    assert (Phase.SUPERSEDED, f"{newer.name} is newer") == (ended.phase, ended.reason)
    outcome = live.judged(second)
    assert (Phase.PROMOTED, newer.digest, 0) == (outcome.record.phase, outcome.production, outcome.lost)


def noted(sound: Path, target: Path, note: str) -> None:
    copy_with_note(sound, target, note)
