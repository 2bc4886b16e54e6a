"""The runs that moves of `production` leave: begun before the first alias moves, ended after the last."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import wandb
from pydantic import ValidationError

from fraud_registry.access.account import Account
from fraud_registry.records.moves import Move, MoveRun, Outcome
from fraud_registry.references import ReleasePins
from fraud_registry.sdk.lookup import qualified

_TYPE = "promotion"
_MOVE = "move"
_OUTCOME = "outcome"
_PAGE = 100


def recorded_moves(api: wandb.Api, account: Account) -> list[MoveRun]:
    """The moves of the account's project, newest first."""
    api.flush()  # type: ignore[no-untyped-call]  # it would give the list that it gave before
    runs = api.runs(
        f"{account.entity}/{account.project}",
        filters={"jobType": _TYPE},
        order="-created_at",
        per_page=_PAGE,
        lazy=False,
    )
    try:
        return [found for run in runs if (found := _read(run)) is not None]
    except ValueError as error:
        if "Could not find project" in str(error):
            return []
        raise


def _read(run: Any) -> MoveRun | None:  # noqa: ANN401 - the SDK's runs have no fields that mypy knows
    try:
        return MoveRun(
            run=run.id,
            created_at=datetime.fromisoformat(run.created_at),
            is_running=run.state == "running",
            outcome=run.summary.get(_OUTCOME),
            move=Move.model_validate(run.config.get(_MOVE)),
        )
    except ValidationError:
        return None  # a run of that type that other software made


@contextmanager
def recorded(account: Account, move: Move, pins: ReleasePins) -> Iterator[wandb.Run]:
    """A run for the move, in the registry when the block begins; without an outcome where the block fails."""
    with wandb.init(
        entity=account.entity,
        project=account.project,
        job_type=_TYPE,
        name=f"{move.reason.operation} {pins.model.name}:{move.model}",
        config={_MOVE: move.model_dump(mode="json")},
    ) as run:
        for pin in (pins.model, pins.preprocessor):
            run.use_artifact(qualified(pin))
        yield run


def conclude(run: wandb.Run, outcome: Outcome) -> None:
    """Note what became of the move; it reaches the registry when the run ends."""
    run.summary[_OUTCOME] = outcome


def conclude_other(api: wandb.Api, account: Account, other: MoveRun, outcome: Outcome) -> None:
    """The same for a move that was cut short, at once."""
    run = api.run(f"{account.entity}/{account.project}/{other.run}")
    run.summary[_OUTCOME] = outcome
    run.summary.update()  # type: ignore[no-untyped-call]  # the SDK's own
