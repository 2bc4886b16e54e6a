"""The direct call into XGBoost answers as XGBoost's own."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import xgboost as xgb

from fraud_predictor.forest import FloatRows, Forest

_WIDTH = 6


@pytest.fixture(scope="module")
def rows() -> FloatRows:
    """Feature rows, some with values missing."""
    random = np.random.default_rng(3)
    rows = random.normal(size=(3_000, _WIDTH)).astype(np.float32)
    rows[random.random(rows.shape) < 0.05] = np.nan
    return rows


@pytest.fixture(scope="module")
def booster(rows: FloatRows) -> xgb.Booster:
    """Trees grown on them."""
    labels = np.nansum(rows[:, :2], axis=1) > 0.5
    booster = xgb.train(
        {"max_depth": 5, "nthread": 1, "objective": "binary:logistic"}, xgb.DMatrix(rows, labels), 30
    )
    booster.set_param({"nthread": 1})
    return booster


def _inplace(booster: xgb.Booster, rows: FloatRows) -> bytes:
    return bytes(booster.inplace_predict(rows, predict_type="margin").tobytes())


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 3_000])
def test_margins_equal_inplace_predict_to_the_last_bit(
    booster: xgb.Booster, rows: FloatRows, count: int
) -> None:
    assert _inplace(booster, rows[:count]) == Forest(booster).margins(rows[:count]).tobytes()


def test_single_rows_equal_the_batch(booster: xgb.Booster, rows: FloatRows) -> None:
    forest = Forest(booster)
    singles = b"".join(forest.margins(rows[i : i + 1]).tobytes() for i in range(200))
    assert forest.margins(rows[:200]).tobytes() == singles


def test_rows_that_are_not_contiguous_are_copied_first(booster: xgb.Booster, rows: FloatRows) -> None:
    assert _inplace(booster, rows[::7]) == Forest(booster).margins(rows[::7]).tobytes()


def test_an_answer_outlives_the_next_call(booster: xgb.Booster, rows: FloatRows) -> None:
    forest = Forest(booster)
    first = forest.margins(rows[:50])
    kept = first.tobytes()
    forest.margins(rows[50:100])
    assert kept == first.tobytes()


def test_threads_do_not_see_each_others_answers(booster: xgb.Booster, rows: FloatRows) -> None:
    forest = Forest(booster)
    parts = [rows[start : start + 100] for start in range(0, 3_000, 100)]
    with ThreadPoolExecutor(4) as threads:
        answers = b"".join(each.tobytes() for each in threads.map(forest.margins, parts))
    assert _inplace(booster, rows) == answers


def test_rows_of_another_width_are_refused(booster: xgb.Booster, rows: FloatRows) -> None:
    with pytest.raises(xgb.core.XGBoostError, match="Number of columns"):
        Forest(booster).margins(rows[:3, :4])
