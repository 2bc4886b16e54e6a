"""A release measured by a shop's own payments: those of another business are no evidence of it."""

import json
import os
from collections.abc import Iterator
from functools import cache, partial
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from fraud_contract.artifacts.loading import MODEL_DOCUMENT
from fraud_contract.artifacts.manifest import MANIFEST, seal
from fraud_local.platform.site import Site
from fraud_local.workspace import Workspace
from fraud_rollout.core.state.observed import Source
from fraud_rollout.core.state.phase import Phase
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_training.release.faulty import copy_with_note
from fraudctl.flows.rollout.driver import Rollouts, stopping
from fraudctl.flows.rollout.follow import labelled_payments
from fraudctl.run import Run
from fraudctl.stages import Stages
from support.artifacts.datasets import small_dataset
from support.artifacts.releases import write_release
from support.processes import free_port
from support.rollouts.driver import STRATEGY, AliasFile
from support.rollouts.found import found_in
from support.waiting import HANG, eventually


def measured_by(folder: Path, fingerprint: str) -> None:
    """Have the model's document say which payments its figures are of."""
    document = folder / "production_model" / MODEL_DOCUMENT
    content = json.loads(document.read_text())
    content["data"]["evaluation"] = {"sha256": fingerprint}
    document.write_text(json.dumps(content))
    (document.parent / MANIFEST).unlink()
    seal(document.parent, "model")


@pytest.fixture
def said() -> StringIO:
    """What is said on the way."""
    return StringIO()


@pytest.fixture
def rollouts(tmp_path: Path, said: StringIO) -> Iterator[Rollouts]:
    """A release that serves, in a workspace whose labelled payments are of another business."""
    write_release(tmp_path / "stable", 70.0)
    measured_by(tmp_path / "stable", "a" * 64)
    copy_with_note(tmp_path / "stable", tmp_path / "candidate", "equal answers")
    run = Run(Workspace(tmp_path), dict(os.environ), Stages(Console(file=said, width=1_000)))
    run.workspace.datasets.mkdir(parents=True)
    small_dataset(run.workspace.datasets / "evaluation")
    site = Site.open(run.workspace.platform / "site.json", "127.0.0.1", free_port())
    alias_store = AliasFile(tmp_path / "production")
    with stopping(Rollouts(run, site, alias_store, cache(partial(labelled_payments, run)))) as running:
        running.serve(found_in(tmp_path / "stable"))
        yield running


def test_payments_that_neither_release_was_measured_by_are_never_taken(
    rollouts: Rollouts, tmp_path: Path, said: StringIO
) -> None:
    record = rollouts.start(rollouts.install(found_in(tmp_path / "candidate")), Strategy.read(STRATEGY))

    def problem() -> str:
        rollouts.reconcile()
        gathering = rollouts.platform.gathering
        return gathering.problem if gathering else ""

    eventually(problem, seconds=HANG)
    assert problem().startswith("There are no labelled payments that either release was measured by.")
    assert "is not what their own figures are of" in said.getvalue()
    latest = rollouts.latest()
    assert latest is not None
    assert (record.id, Phase.PREFLIGHT) == (latest.id, latest.phase)
    assert {Source.GOLDEN} == {each.source for each in latest.judged}
