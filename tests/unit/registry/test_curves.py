from itertools import pairwise

from fraud_registry.records.curves import MOST_ROWS, rows


def test_each_round_is_a_row_with_all_curves() -> None:
    curves = {"train/logloss": (0.5, 0.4), "validation/auc": (0.7, 0.8)}
    assert list(rows(curves)) == [
        {"round": 0, "train/logloss": 0.5, "validation/auc": 0.7},
        {"round": 1, "train/logloss": 0.4, "validation/auc": 0.8},
    ]


def test_a_shorter_curve_is_absent_from_later_rows() -> None:
    assert list(rows({"long": (1.0, 2.0), "short": (3.0,)})) == [
        {"round": 0, "long": 1.0, "short": 3.0},
        {"round": 1, "long": 2.0},
    ]


def test_no_curves_are_no_rows() -> None:
    assert list(rows({})) == []


def test_long_curves_are_thinned_evenly_and_keep_the_last_round() -> None:
    numbers = [row["round"] for row in rows({"auc": tuple(map(float, range(1001)))})]
    assert len(numbers) <= MOST_ROWS
    assert numbers[-1] == 1000
    assert {later - earlier for earlier, later in pairwise(numbers)} == {3}


def test_as_many_rounds_as_rows_allowed_are_all_kept() -> None:
    assert len(list(rows({"auc": (0.5,) * MOST_ROWS}))) == MOST_ROWS
