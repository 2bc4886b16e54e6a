"""Which of the two walks the trees: the flat forest where it is equal to XGBoost, else XGBoost."""

import logging
import sys

import numpy as np
import pytest
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud_contract.trees.model import SoundTrees, require_sound
from fraud_predictor import proof
from fraud_predictor.forest import FloatRows, Forest
from fraud_predictor.metrics import ENGINE
from fraud_predictor.proof import ProvenForest, fastest
from support.artifacts.trees import Shape, grown, made_up

flat = pytest.importorskip("fraud_forest.flat", reason="there was no C compiler", exc_type=ImportError)


def reference(model: SoundTrees) -> Forest:
    booster = xgb.Booster({"nthread": 1})
    booster.load_model(bytearray(model.content))
    return Forest(booster)


SMALL = Shape()


def sound(shape: Shape = SMALL, seed: int = 0) -> SoundTrees:
    return require_sound(made_up(np.random.default_rng(seed), shape))


def golden(model: SoundTrees) -> FloatRows:
    return np.random.default_rng(1).normal(size=(50, model.width)).astype(np.float32)


@pytest.fixture(autouse=True)
def all_lines(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "fraud_predictor.proof")


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    shape=st.builds(
        Shape,
        trees=st.integers(1, 40),
        depth=st.integers(0, 8),
        width=st.integers(1, 40),
        base_score=st.floats(0, 1, width=32, exclude_min=True, exclude_max=True),
        objective=st.sampled_from(["binary:logistic", "binary:logitraw", "reg:logistic"]),
    ),
)
def test_margins_equal_xgboosts_to_the_last_bit(seed: int, shape: Shape) -> None:
    model = sound(shape, seed)
    mine, theirs = flat.FlatForest(model), reference(model)
    rows = np.concatenate([golden(model), *proof.made_up(model, 600)])
    expected = theirs.margins(rows)
    assert expected.tobytes() == mine.margins(rows).tobytes()
    assert expected[:40].tobytes() == b"".join(mine.margins(row[np.newaxis]).tobytes() for row in rows[:40])
    for count in (2, 7, 8, 9, 127, 128, 129, 257):
        assert expected[:count].tobytes() == mine.margins(rows[:count]).tobytes()


def test_the_flat_forest_is_chosen_where_it_is_equal(caplog: pytest.LogCaptureFixture) -> None:
    model = sound()
    chosen = fastest(model, reference(model), golden(model))
    assert isinstance(chosen, ProvenForest)
    assert ["fraud_forest walks the trees: equal to XGBoost on 100050 rows"] == caplog.messages
    assert 1 == ENGINE.labels("fraud_forest")._value.get()


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (Shape(depth=9), "a tree is more than 8 splits deep"),
        (Shape(trees=1_000, depth=6), "1000 trees of depth 6 would take too long to prove"),
    ],
    ids=str,
)
def test_xgboost_stays_where_trees_are_too_large(
    shape: Shape, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    model = sound(shape)
    forest = reference(model)
    assert fastest(model, forest, golden(model)) is forest
    assert [f"XGBoost walks the trees: {reason}"] == caplog.messages


def test_xgboost_stays_where_a_split_is_by_category(caplog: pytest.LogCaptureFixture) -> None:
    model = require_sound(grown())
    forest = reference(model)
    assert fastest(model, forest, golden(model)) is forest
    assert ["XGBoost walks the trees: a tree splits by category"] == caplog.messages
    assert 1 == ENGINE.labels("xgboost")._value.get()


def test_xgboost_stays_where_the_library_is_missing(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fraud_forest.flat", None)
    model = sound()
    forest = reference(model)
    assert fastest(model, forest, golden(model)) is forest
    assert caplog.messages[0].startswith("XGBoost walks the trees: ")


@pytest.mark.parametrize("rows", ["golden", "made up"])
def test_xgboost_stays_where_one_row_differs(rows: str, caplog: pytest.LogCaptureFixture) -> None:
    """The last of the made-up rows, or the last golden one."""
    model = sound()
    forest = reference(model)
    ours = golden(model)
    last = ours[-1] if rows == "golden" else list(proof.made_up(model, 100_000))[-1][-1]

    class Other:
        def margins(self, features: FloatRows) -> FloatRows:
            margins = forest.margins(features)
            differs = (features == last).all(axis=1)
            return np.where(differs, np.nextafter(margins, np.float32(9)), margins)

    other = Other()
    assert fastest(model, other, ours) is other
    assert ["XGBoost walks the trees: fraud_forest is not equal to it on this machine"] == caplog.messages


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("count", [1, 2, 20])
def test_rows_with_values_that_are_not_finite_are_walked_by_xgboost(count: int, value: float) -> None:
    model = sound()
    forest = reference(model)
    rows = golden(model)[:count].copy()
    rows[-1, -1] = value
    chosen = fastest(model, forest, golden(model))
    assert forest.margins(rows).tobytes() == chosen.margins(rows).tobytes()
    assert flat.FlatForest(model).margins(rows) is None


def test_rows_of_another_width_are_refused_as_by_xgboost() -> None:
    model = sound()
    rows = golden(model)[:, :-1]
    with pytest.raises(xgb.core.XGBoostError, match="Number of columns"):
        fastest(model, reference(model), golden(model)).margins(rows)
    with pytest.raises(ValueError, match="5 features"):
        flat.FlatForest(model).margins(rows)


def test_rows_that_are_not_contiguous_are_copied_first() -> None:
    model = sound()
    rows = golden(model)[::3, ::-1]
    assert reference(model).margins(rows).tobytes() == flat.FlatForest(model).margins(rows).tobytes()
