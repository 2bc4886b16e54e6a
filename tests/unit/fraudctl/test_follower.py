"""What `serve --follow` says on bad days, and that it goes on."""

import resource
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from rich.console import Console

from fraud_contract.errors import RegistryUnavailable, UnusableInRegistry
from fraud_local.folders import Folders
from fraud_local.platform.candidates import Candidates
from fraud_local.platform.site import Site
from fraud_local.workspace import Workspace
from fraud_rollout.core.state.command import Answered, Command, Verb
from fraud_rollout.core.state.phase import Phase
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_rollout.records.files import RecordFiles
from fraudctl.flows.rollout.driver import Rollouts, commands_of
from fraudctl.flows.rollout.follow import Follower, problem_in
from fraudctl.run import Run
from fraudctl.stages import Stages
from support.artifacts.releases import write_release
from support.rollouts.driver import AliasFile
from support.rollouts.found import found_in
from support.rollouts.records import CREATED, record, release


@pytest.fixture
def said() -> StringIO:
    """What the follower says."""
    return StringIO()


@pytest.fixture
def run(tmp_path: Path, said: StringIO) -> Run:
    return Run(Workspace(tmp_path / "home"), {}, Stages(Console(file=said, width=300)))


@pytest.fixture
def small_disk() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_ends_no_service_and_is_said_once(
    run: Run, tmp_path: Path, small_disk: None, said: StringIO
) -> None:
    files = RecordFiles(tmp_path / "rollouts")
    saving: Any = SimpleNamespace(reconcile=lambda: files.save(record()), found=lambda: True)
    follower = Follower(run, SimpleNamespace(), saving, Strategy(), 20.0)  # type: ignore[arg-type]
    assert [None, None] == [follower.reconcile(), follower.reconcile()]
    [line] = said.getvalue().splitlines()
    assert line.startswith("warning: The rollout stands still: ")
    assert "r1.json could not be written: File too large. What was saved before is still there." in line
    assert "Make room" in line


def test_an_offer_that_cannot_be_answered_ends_no_service_and_is_said_once(
    run: Run, tmp_path: Path, said: StringIO, request: pytest.FixtureRequest
) -> None:
    Candidates(run.workspace.rollouts / "candidates").offer(Folders(tmp_path / "none", tmp_path / "none"))
    request.getfixturevalue("small_disk")
    idle: Any = SimpleNamespace(reconcile=lambda: None, found=lambda: True)
    follower = Follower(run, SimpleNamespace(), idle, Strategy(), 20.0)  # type: ignore[arg-type]
    assert [None, None] == [follower.reconcile(), follower.reconcile()]
    [line] = said.getvalue().splitlines()
    assert line == "warning: The rollout stands still: OSError: [Errno 27] File too large"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RegistryUnavailable("No registry."), "No registry. Serving goes on; the registry is asked again."),
        (
            UnusableInRegistry("It has no preprocessor."),
            "No rollout: It has no preprocessor. Serving goes on.",
        ),
        (
            OSError(28, "No space left on device"),
            "No rollout: [Errno 28] No space left on device. Serving goes on.",
        ),
    ],
)
def test_what_cannot_be_rolled_out_is_said_and_ends_no_service(error: Exception, words: str) -> None:
    def look() -> NoReturn:
        raise error

    assert words == problem_in(look, "No rollout")
    assert "" == problem_in(lambda: None, "No rollout")


@pytest.mark.parametrize("to_stable", [False, True])
def test_a_rollback_to_a_release_ends_the_rollout_under_way_first(
    run: Run, tmp_path: Path, *, to_stable: bool
) -> None:
    site = Site.open(run.workspace.platform / "site.json", "127.0.0.1", 1)
    rollouts = Rollouts(run, site, AliasFile(tmp_path / "production"), lambda _: None)
    write_release(tmp_path / "target", 70.0)
    target = rollouts.install(found_in(tmp_path / "target"))
    stable = target.release if to_stable else release("a")
    running = rollouts.records.save(record("r1", phase=Phase.CANARY, stable=stable))
    command = Command(id="c1", verb=Verb.ROLLBACK, by="ada", reason="chargebacks", at=CREATED)
    assert [None, None] == [rollouts.roll_back(target, command, Strategy()) for _ in range(2)]
    assert [command] == commands_of(run.workspace).open("r1", ())

    answered = Answered(command=command, accepted=True, answer="rolled back by ada: chargebacks")
    changes = {"phase": Phase.ROLLED_BACK, "commands": (answered,), "demoted": True}
    ended = rollouts.records.save(running.model_copy(update=changes))
    back = rollouts.roll_back(target, command, Strategy())
    assert back is not None
    if to_stable:
        assert ended == back
    else:
        assert (target.release, stable, Phase.ROLLING_BACK) == (back.stable, back.candidate, back.phase)


def test_after_the_clock_was_set_back_the_next_rollout_is_still_the_newest(run: Run, tmp_path: Path) -> None:
    site = Site.open(run.workspace.platform / "site.json", "127.0.0.1", 1)
    rollouts = Rollouts(run, site, AliasFile(tmp_path / "production"), lambda _: None)
    ahead = datetime.now(UTC) + timedelta(hours=3)
    rollouts.records.save(record("r1", created=ahead, phase=Phase.ROLLED_BACK))
    write_release(tmp_path / "candidate", 70.0)
    begun = rollouts.start(rollouts.install(found_in(tmp_path / "candidate")), Strategy())
    assert begun == rollouts.latest()
    assert ahead < begun.created
