"""Which record a command is about."""

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from fraud_contract.errors import UsageError
from fraud_local.workspace import Workspace
from fraud_rollout.core.state.record import RecordUnreadable
from fraud_rollout.records.errors import NoSuchRecord
from fraud_rollout.records.files import RecordFiles
from fraudctl.commands.rollout.steering import Refused, chosen, promoted, returned, steered
from fraudctl.run import Run
from fraudctl.stages import Stages
from support.rollouts.decisions import record


def test_absent_and_unreadable_are_two_answers(tmp_path: Path) -> None:
    run = Run(Workspace(tmp_path), {}, Stages(Console(stderr=True)))
    with pytest.raises(NoSuchRecord, match="None began yet: `fraudctl serve --follow` begins one"):
        chosen(run, None)
    saved = RecordFiles(run.workspace.rollouts).save(record())
    assert saved == chosen(run, None)
    assert saved == chosen(run, saved.id)
    with pytest.raises(NoSuchRecord, match="There is no rollout other"):
        chosen(run, "other")
    path = run.workspace.rollouts / f"{saved.id}.json"
    path.write_text(path.read_text()[:100])
    with pytest.raises(RecordUnreadable, match=f"{saved.id}.json"):
        chosen(run, saved.id)


@pytest.mark.parametrize(
    "command",
    [
        lambda reason: steered("pause", None, reason),
        lambda reason: promoted(None, reason, ask=False),
        lambda reason: returned("v0", reason),
    ],
)
def test_a_reason_that_is_too_long_to_be_kept_is_refused_before_anything_is_asked(
    command: Callable[[str], object],
) -> None:
    with pytest.raises(UsageError, match="--reason has 301 characters, and at most 300 are kept"):
        command("x" * 301)


def test_a_reason_that_is_no_text_is_refused() -> None:
    with pytest.raises(UsageError, match="--reason is no UTF-8 text"):
        steered("pause", None, "\udcff")


def test_an_empty_name_is_no_rollout(tmp_path: Path) -> None:
    run = Run(Workspace(tmp_path), {}, Stages(Console(stderr=True)))
    RecordFiles(run.workspace.rollouts).save(record())
    with pytest.raises(UsageError, match="An empty name is no rollout"):
        chosen(run, "")


def test_a_comparison_is_steered_by_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAUDCTL_HOME", str(tmp_path))
    judged = record().model_copy(update={"id": "judge-20261128-120000-abcd"})
    RecordFiles(Workspace(tmp_path).rollouts).save(judged)
    with pytest.raises(Refused, match=f"{judged.id} is a comparison of `fraudctl judge`"):
        steered("pause", None, "")
