"""A rollout moves `production`, and the registry says by which rollout and on which evidence."""

from datetime import UTC, datetime
from pathlib import Path

from fraud_local.platform.installation import Installations
from fraud_registry.access.account import Account
from fraud_registry.publishing.promote import moves
from fraud_registry.publishing.publish import publish
from fraud_rollout.core.state.observed import Alias
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Artifact, Release
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_rollout.records.files import RecordFiles
from fraudctl.flows.rollout.registry_aliases import RegistryAliases
from support.artifacts.training_output import write_training_output


def test_a_move_of_a_rollout_is_recorded_with_its_evidence(account: Account, tmp_path: Path) -> None:
    published = publish(account, write_training_output(tmp_path / "out", 70.0))
    pins = (published.model, published.preprocessor)
    model, preprocessor = (Artifact(version=pin.version, digest="a" * 64) for pin in pins)
    candidate = Release(name="fraud-1", digest="b" * 64, model=model, preprocessor=preprocessor)
    records = RecordFiles(tmp_path / "rollouts")
    record = records.save(
        Record(id="r1", created=datetime.now(UTC), stable=None, candidate=candidate, strategy=Strategy())
    )
    board = RegistryAliases(account, Installations(tmp_path / "releases"), records, tmp_path / "last.json")
    board.move(Alias.PRODUCTION, candidate, "moving the aliases")
    (run,) = moves(account).runs
    reason = run.move.reason
    assert ("rollout", "r1: moving the aliases", record.evidence_digest) == (
        reason.operation,
        reason.why,
        reason.evidence,
    )
    assert ("done", published.model.version, None) == (run.outcome, run.move.model, run.move.former)
