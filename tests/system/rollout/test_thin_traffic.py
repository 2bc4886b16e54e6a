"""No traffic at all: the shadow is topped up from labelled payments, and a weight waits for no deadline."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from fraud_rollout.core.state.observed import Source
from fraud_rollout.core.state.phase import Cause, Phase
from fraud_rollout.core.strategy.strategy import Deadlines, Strategy
from fraud_training.release.faulty import copy_with_note
from fraudctl.flows.rollout.driver import Rollouts, stopping
from support.artifacts.datasets import small_dataset
from support.artifacts.releases import write_release
from support.processes import free_port
from support.rollouts.driver import STRATEGY, rollouts_of
from support.rollouts.found import found_in
from support.waiting import PATIENCE

DEADLINE = timedelta(seconds=40)


@pytest.fixture
def rollouts(tmp_path: Path) -> Iterator[Rollouts]:
    """A release that serves, and nobody who asks it."""
    write_release(tmp_path / "stable", 70.0)
    copy_with_note(tmp_path / "stable", tmp_path / "candidate", "equal answers")
    small_dataset(tmp_path / "data")
    with stopping(rollouts_of(tmp_path, free_port())) as running:
        running.serve(found_in(tmp_path / "stable"))
        yield running


def test_without_traffic_a_rollout_says_so_and_is_held_for_a_person(
    rollouts: Rollouts, tmp_path: Path
) -> None:
    strategy = Strategy.read(STRATEGY).model_copy(update={"deadlines": Deadlines(evidence=DEADLINE)})
    record = rollouts.start(rollouts.install(found_in(tmp_path / "candidate")), strategy)
    hang = time.monotonic() + 60 * PATIENCE
    while record.phase is not Phase.HELD:
        assert time.monotonic() < hang, record.reason
        record = rollouts.reconcile() or record
        time.sleep(0.1)

    assert record.hold is not None
    assert (Cause.UNDECIDED, Phase.CANARY) == (record.hold.cause, record.hold.back_to)
    assert record.reason.startswith("too little traffic: 0 requests in 1")
    assert "send more and resume, or promote, or abort" in record.reason
    waited = record.hold.since - next(span.begun for span in record.spans if span.phase is Phase.CANARY)
    assert waited < DEADLINE, "it is said before the deadline"
    shadow = next(each for each in record.judged if each.source is Source.SHADOW)
    assert shadow.note.startswith("live 0 of 24 h"), shadow.note
    rollouts.reconcile()
    assert 100 == rollouts.proxy_weights()[found_in(tmp_path / "stable").release.name]
