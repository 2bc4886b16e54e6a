"""Faults of running, not of the model: each is found at the first weight at the latest."""

import shutil
from pathlib import Path

import pytest

from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL
from fraud_rollout.core.state.phase import Phase
from fraud_training.release.faulty import copy_with_note, rotate_categories
from support.candidates import Field

FAULTY = ("-m", "support.faulty_predictor")


def noted(sound: Path, target: Path) -> None:
    copy_with_note(sound, target, target.name)


@pytest.mark.parametrize(
    ("fault", "gates"),
    [("slow", {"slow"}), ("failing", {"errors"}), ("crashing", {"errors", "restarts"})],
)
def test_a_candidate_that_runs_badly_is_taken_back_at_its_first_weight(
    live: Field, fault: str, gates: set[str]
) -> None:
    outcome = live.judged(noted, fault, (*FAULTY, fault))
    assert (Phase.ROLLED_BACK, Phase.CANARY) == (outcome.record.phase, outcome.caught_in), (
        outcome.record.reason
    )
    assert outcome.failed_gates
    assert outcome.failed_gates <= gates
    assert 0 < outcome.customers
    assert live.stable_digest == outcome.production
    if fault == "slow":
        assert 0 == outcome.lost


def test_a_candidate_with_rotated_categories_never_meets_a_customer(live: Field) -> None:
    outcome = live.judged(rotate_categories, "rotated")
    assert (Phase.ROLLED_BACK, Phase.PREFLIGHT) == (outcome.record.phase, outcome.caught_in)
    assert {"cost", "precision"} & outcome.failed_gates
    assert (0, 0, live.stable_digest) == (outcome.customers, outcome.lost, outcome.production)


def test_a_candidate_that_never_gets_ready_ends_in_its_own_words(live: Field) -> None:
    outcome = live.judged(noted, "unready", ("-c", "raise SystemExit('error: no memory left')"))
    assert (Phase.FAILED, Phase.PREPARING) == (outcome.record.phase, outcome.caught_in)
    assert "no memory left" in outcome.record.reason
    assert (0, 0, live.stable_digest) == (outcome.customers, outcome.lost, outcome.production)


def test_an_equal_candidate_is_promoted_without_a_lost_request(live: Field) -> None:
    outcome = live.judged(noted, "recompiled")
    assert Phase.PROMOTED is outcome.record.phase, outcome.record.reason
    assert 0 == outcome.lost
    assert outcome.record.candidate.digest == outcome.production


def mixed(sound: Path, target: Path) -> None:
    """The model of one training with the preprocessor of another."""
    other = target.with_name(f"{target.name}-other")
    shutil.rmtree(other, ignore_errors=True)
    rotate_categories(sound, other)
    shutil.copytree(sound / PRODUCTION_MODEL, target / PRODUCTION_MODEL)
    shutil.copytree(other / PREPROCESSOR, target / PREPROCESSOR)


def test_a_mixed_pair_is_refused_before_anything_runs(live: Field) -> None:
    from fraud_contract.errors import PairMismatch  # noqa: PLC0415

    with pytest.raises(PairMismatch, match="was trained with preprocessor"):
        live.judged(mixed, "mixed")
