"""The rows and the release that equality is tested with show a mistake in any fact in many answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.artifacts.offline import CATEGORIES, ROWS, answers
from support.artifacts.releases import Folders, write_release

Row = dict[str, Any]
SHARE = 0.3
"""Of the rows, whose score must be another."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    return write_release(tmp_path_factory.mktemp("release"), mean=70.1)


def next_category(row: Row) -> Row:
    return row | {"category": CATEGORIES[(CATEGORIES.index(row["category"]) + 1) % len(CATEGORIES)]}


MISTAKES: dict[str, Callable[[Row], Row]] = {
    "amount in whole units": lambda row: row | {"amt": max(int(row["amt"]), 0.01)},
    "amount a cent more": lambda row: row | {"amt": row["amt"] + 0.01},
    "amount a cent less": lambda row: row | {"amt": max(row["amt"] - 0.01, 0.01)},
    "hour 0": lambda row: row | {"hour": 0},
    "next hour": lambda row: row | {"hour": (row["hour"] + 1) % 24},
    "day 0": lambda row: row | {"day_of_week": 0},
    "next day": lambda row: row | {"day_of_week": (row["day_of_week"] + 1) % 7},
    "hour for day": lambda row: row | {"day_of_week": row["hour"] % 7},
    "category travel": lambda row: row | {"category": "travel"},
    "category unknown": lambda row: row | {"category": "never_seen"},
    "next category": next_category,
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistaken_fact_changes_the_score_of_a_large_share_of_rows(
    folders: Folders, mistake: Callable[[Row], Row]
) -> None:
    right, wrong = (
        [each["fraud_probability"] for each in answers(folders, rows)]
        for rows in (ROWS, [mistake(row) for row in ROWS])
    )
    changed = sum(one != other for one, other in zip(right, wrong, strict=True))
    assert changed > SHARE * len(ROWS)


def test_every_hour_day_category_and_decision_occurs(folders: Folders) -> None:
    assert set(range(24)) == {row["hour"] for row in ROWS}
    assert set(range(7)) == {row["day_of_week"] for row in ROWS}
    assert set(CATEGORIES) == {row["category"] for row in ROWS}
    assert {"approve", "review", "block"} == {each["decision"] for each in answers(folders)}


def test_nearly_every_row_has_a_score_of_its_own_so_that_none_can_be_mistaken_for_another(
    folders: Folders,
) -> None:
    scores = {each["fraud_probability"] for each in answers(folders)}
    assert len(scores) > 0.9 * len(ROWS)


def test_releases_of_other_means_answer_otherwise(folders: Folders, tmp_path: Path) -> None:
    other = answers(write_release(tmp_path, mean=71.3))
    same = [one == two for one, two in zip(answers(folders), other, strict=True)]
    assert sum(same) < SHARE * len(ROWS)
