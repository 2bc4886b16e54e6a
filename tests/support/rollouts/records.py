"""Records of rollouts made by hand."""

from datetime import UTC, datetime
from typing import Any, Final

from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.release import Artifact, Release
from fraud_rollout.core.strategy.strategy import Strategy

CREATED: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def release(letter: str) -> Release:
    """A release whose digests are of that letter, a hex digit."""
    return Release(
        name=f"fraud-{letter * 8}",
        digest=letter * 64,
        model=Artifact(version="v1", digest=letter * 64),
        preprocessor=Artifact(version="v1", digest=letter * 64),
    )


def record(record_id: str = "r1", **changes: Any) -> Record:  # noqa: ANN401 - any field
    """A rollout that was just created, but for the changes."""
    fields: dict[str, Any] = {
        "id": record_id,
        "created": CREATED,
        "stable": release("a"),
        "candidate": release("b"),
        "strategy": Strategy(),
    }
    return Record(**fields | changes)
