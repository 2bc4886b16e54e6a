"""Which release was in production when, from recorded moves; and which of two moves goes first."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from fraud_contract.errors import UsageError
from fraud_registry.publishing.history import Period, Tenure, tenures
from fraud_registry.records.moves import LEASE, Move, MoveRun, Outcome, Owner, Reason

BEGIN: Final = datetime(2026, 11, 24, 12, tzinfo=UTC)
HERE: Final = Owner.this()
ELSEWHERE: Final = Owner(host="elsewhere.example", pid=1)
GONE: Final = HERE.model_copy(update={"pid": 2**22 + 1})
"""Linux gives no process such a number."""


def run(  # noqa: PLR0913 - a builder
    hours: float,
    former: str | None,
    model: str,
    outcome: Outcome | None = "done",
    *,
    owner: Owner = HERE,
    is_running: bool = True,
) -> MoveRun:
    return MoveRun(
        run=f"{model}-{hours}",
        created_at=BEGIN + timedelta(hours=hours),
        is_running=is_running,
        outcome=outcome,
        move=Move(
            reason=Reason(operation="promote", by="ann"),
            owner=owner,
            model=model,
            preprocessor=model,
            digest="0" * 64,
            former=former,
        ),
    )


def shown(rows: list[Tenure]) -> list[tuple[str, float | None, float | None, bool]]:
    def hours(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - BEGIN) / timedelta(hours=1)

    return [(row.model, hours(row.since), hours(row.until), row.lasts) for row in rows]


def test_every_release_lasts_until_the_next_done_move() -> None:
    runs = [run(2, "v1", "v0"), run(1, "v0", "v1"), run(1.5, "v1", "v2", "undone"), run(0, None, "v0")]
    expected = [("v0", 2, None, True), ("v1", 1, 2, False), ("v0", 0, 1, False)]
    assert expected == shown(tenures(runs, "v0"))


def test_what_was_moved_without_a_record_shows_as_such() -> None:
    runs = [run(0, "v7", "v0"), run(3, "v4", "v5")]
    expected = [
        ("v9", None, None, True),
        ("v5", 3, None, False),
        ("v4", None, 3, False),
        ("v0", 0, None, False),
        ("v7", None, 0, False),
    ]
    assert expected == shown(tenures(runs, "v9"))
    assert [("v9", None, None, True)] == shown(tenures([], "v9"))
    assert [] == tenures([], None)


@pytest.mark.parametrize(
    ("at", "models"),
    [
        ("2026-11-24", ["v1", "v0"]),
        ("2026-11-25", ["v1"]),
        ("2026-11-23", []),
        ("2026-11-24T12:30", ["v0"]),
        ("2026-11-24T13:00", ["v1"]),
        ("2026-11-24T13:30+01:00", ["v0"]),
        ("2026-11-24T11:59:59Z", []),
    ],
)
def test_a_day_or_a_moment_is_asked_for(at: str, models: list[str]) -> None:
    period = Period.parse(at)
    rows = tenures([run(0, None, "v0"), run(1, "v0", "v1")], "v1")
    assert models == [row.model for row in rows if period.meets(row)]


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(UsageError, match="'Tuesday' is no time"):
        Period.parse("Tuesday")


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (run(-0.01, None, "v0", None), (True, False)),
        (run(0, None, "v0", None), (True, False)),
        (run(0.01, None, "v0", None), (False, False)),
        (run(-0.01, None, "v0"), (False, False)),
        (run(-0.01, None, "v0", None, owner=GONE), (False, True)),
        (run(-0.01, None, "v0", None, is_running=False), (False, True)),
        (run(-0.01, None, "v0", None, owner=ELSEWHERE), (True, False)),
        (run(-2 * LEASE / timedelta(hours=1), None, "v0", None, owner=ELSEWHERE), (False, True)),
    ],
)
def test_an_older_move_goes_first_unless_it_was_cut_short(
    other: MoveRun, expected: tuple[bool, bool]
) -> None:
    own = run(0, None, "v1", None)
    assert expected == (other.goes_before(own), other.was_cut_short(own.created_at))


def test_the_last_day_that_can_be_written_is_a_time() -> None:
    period = Period.parse("9999-12-31")
    assert (period.begin, period.begin) == (datetime(9999, 12, 31, tzinfo=UTC), period.end)
