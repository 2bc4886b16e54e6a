"""Moves of `production`: one at a time, recorded, and put right by the next one where they were cut short."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fraud_contract.errors import NotInRegistry, RegistryBusy, UnusableInRegistry
from fraud_registry.access.account import Account
from fraud_registry.publishing import promote as promoting
from fraud_registry.publishing.publish import publish
from fraud_registry.records.moves import MoveRun, Reason
from fraud_registry.references import PREVIOUS, PRODUCTION, Published, ReleasePins
from fraud_registry.sdk import promotion
from fraud_registry.sdk.lookup import connect
from fraud_registry.worker.connection import Connection
from support.artifacts.training_output import write_training_output
from support.registries.by_hand import log_by_hand
from support.registries.promotion import REASON, promote
from support.servers.proxy import proxy

PROMOTE = """
import os, sys
from fraud_registry.access.account import read_account
from fraud_registry.references import ReleasePins
from fraud_registry.records.moves import Reason
from fraud_registry.publishing.promote import promote

pins = ReleasePins.model_validate_json(sys.argv[1])
promote(read_account(os.environ), pins, Reason(operation="promote", by="x"))
"""
RELEASES = (("a", 5.0), ("b", 6.0))
STEPS = 4
"""Each moves one alias; the second one puts the release into production."""


@pytest.fixture(scope="module")
def project(registry: Account) -> Account:
    """With its entity, as the functions of the SDK's process have it."""
    return registry.model_copy(update={"project": "promotion", "entity": "local"})


@pytest.fixture(scope="module")
def releases(project: Account, tmp_path_factory: pytest.TempPathFactory) -> list[ReleasePins]:
    folder = tmp_path_factory.mktemp("releases")
    outputs = [write_training_output(folder / str(mean), mean) for mean in (1.0, 2.0, 3.0)]
    with Connection(project) as connection:
        return [pins_of(publish(connection, each)) for each in outputs]


def pins_of(published: Published) -> ReleasePins:
    return ReleasePins(model=published.model, preprocessor=published.preprocessor)


def versions(project: Account, alias: str) -> tuple[str, str]:
    """Model and preprocessor that have the alias."""
    api = connect(project)
    place = f"{project.entity}/{project.project}"
    found = (api.artifact(f"{place}/{name}:{alias}") for name in ("production_model", "preprocessor"))
    model, preprocessor = (each.version for each in found)
    return model, preprocessor


def killed_at(project: Account, pins: ReleasePins, step: int) -> None:
    """Promote by a process that is killed when it asks for its `step`-th alias, or for the outcome."""
    asked = 0
    client: list[subprocess.Popen[bytes]] = []

    def kill(request: bytes) -> int | None:
        nonlocal asked
        asked += b"AddAliases" in request
        if asked < step and not (step > STEPS and b"outcome" in request):
            return None
        client[0].kill()
        return 500

    with proxy(project.host, gate=kill) as url:
        account = project.model_copy(update={"base_url": url})
        environ = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
        command = [sys.executable, "-c", PROMOTE, pins.model_dump_json()]
        with subprocess.Popen(command, env=environ | account.environment) as process:
            client.append(process)
            assert process.wait(300) < 0


def carried_out(project: Account) -> list[MoveRun]:
    """Newest first; without those that gave way to another, as the move after a killed one may at first."""
    return [run for run in promotion.moves(project).runs if run.outcome != "refused"]


def test_a_move_killed_at_any_step_is_put_right_by_the_next(
    project: Account, releases: list[ReleasePins]
) -> None:
    before, present, _ = releases
    for each in (before, present):
        promote(project, each)
    for step in range(1, STEPS + 2):
        (coming,) = (each for each in releases if each not in (before, present))
        killed_at(project, coming, step)
        took_effect = step > 2
        if took_effect:
            before, present = present, coming
        plan = promotion.planned(project, PREVIOUS)
        assert (present.model, before) == (plan.former, plan.pins), step
        rollback = Reason(operation="rollback", by="test")
        promoting.promote(project, plan.pins, rollback, expected=present.model.version)
        before, present = present, before
        for alias, pins in ((PRODUCTION, present), (PREVIOUS, before)):
            assert (pins.model.version, pins.preprocessor.version) == versions(project, alias), (step, alias)
        newest, cut_short = carried_out(project)[:2]
        assert ("done", "done" if took_effect else "undone") == (newest.outcome, cut_short.outcome), step


def test_a_first_move_that_was_cut_short_leaves_nothing_in_production(
    project: Account, tmp_path: Path
) -> None:
    account = project.model_copy(update={"project": "first-move"})
    with Connection(account) as connection:
        first, second = (
            publish(connection, write_training_output(tmp_path / name, mean)) for name, mean in RELEASES
        )
    killed_at(account, pins_of(first), 2)
    assert None is promotion.moves(account).current
    log_by_hand(account, "preprocessor", "preprocessor", PRODUCTION)  # meanwhile, by somebody else
    with pytest.raises(UnusableInRegistry, match="preprocessor:v2 cannot be used"):
        promote(account, pins_of(second))
    promote(account, pins_of(second), replace_unusable=True)
    assert ("v1", "v1") == versions(account, PRODUCTION)
    with pytest.raises(NotInRegistry):
        promotion.planned(account, PREVIOUS)


def test_of_two_moves_at_once_one_follows_the_other_and_none_goes_by_an_old_look(
    project: Account, releases: list[ReleasePins]
) -> None:
    first, *others = releases
    promote(project, first)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda pins: promote(project, pins), others))
    newest, former = carried_out(project)[:2]
    assert {each.model.version for each in others} == {newest.move.model, former.move.model}
    assert (newest.move.model, former.move.model) == (newest.move.model, newest.move.former)
    assert (newest.move.model, former.move.model) == tuple(
        versions(project, alias)[0] for alias in (PRODUCTION, PREVIOUS)
    )
    assert REASON == newest.move.reason
    with pytest.raises(RegistryBusy, match=r"in production now, v9 was when you looked\. Nothing was moved"):
        promoting.promote(project, releases[int(former.move.model[1:])], REASON, expected="v9")
