"""Pickled estimators become a release with the very scores of their predict_proba, or are refused by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    StandardScaler,
    TargetEncoder,
)

from fraud_contract.calibration import Calibration
from fraud_contract.errors import NotCompilable
from fraud_training.conversion.convert import Converted, convert
from fraud_training.conversion.estimators import estimators
from fraud_training.model.scorer import Scorer
from support.artifacts.transactions import transactions

INPUTS = ["amt", "hour", "day_of_week", "category"]
ROWS = transactions(4_000)
ODDS = np.log(ROWS["amt"]) + ROWS["hour"] % 5 + ROWS["category"].str.len() / 3 - 8
FRAUD = (np.random.default_rng(0).random(len(ROWS)) < 1 / (1 + np.exp(-ODDS))).astype(int)
NUMBERS = ("numbers", StandardScaler(), ["amt", "hour", "day_of_week"])
ENCODED = ("encoded", OneHotEncoder(handle_unknown="ignore"), ["category"])
CLOCK = ("clock", "passthrough", ["hour", "day_of_week"])
AMOUNT = ("amount", StandardScaler(), ["amt"])


@dataclass(frozen=True)
class Pair:
    preprocessor: Any
    model: Any


def pair(*branches: object, sparse_threshold: float = 0.3, **parameters: object) -> Pair:
    preprocessor = ColumnTransformer(list(branches), sparse_threshold=sparse_threshold)
    features = preprocessor.fit_transform(ROWS[INPUTS], FRAUD)
    settings: dict[str, Any] = {"n_estimators": 12, "max_depth": 5, "n_jobs": 1} | parameters
    stopping = {"eval_set": [(features, FRAUD)]} if "early_stopping_rounds" in settings else {}
    return Pair(
        preprocessor, xgboost.XGBClassifier(**settings).fit(features, FRAUD, verbose=False, **stopping)
    )


def scores(converted: Converted, rows: pd.DataFrame) -> np.ndarray:
    scorer = Scorer(converted.prepared.compiled, converted.booster, Calibration())
    return scorer.scores(
        converted.prepared.compiled.rows(
            rows["amt"], rows["hour"], rows["day_of_week"], rows["category"].tolist()
        )
    )


EQUAL = {
    "as the original's, whose output is sparse": lambda: pair(NUMBERS, ENCODED),
    "dense": lambda: pair(NUMBERS, ENCODED, sparse_threshold=0),
    "zero taken for missing": lambda: pair(AMOUNT, ENCODED, sparse_threshold=0, missing=0.0),
    "another marker of missing": lambda: pair(NUMBERS, ENCODED, missing=-999.0),
    "target encoder": lambda: pair(AMOUNT, CLOCK, ("mean", TargetEncoder(), ["category"])),
    "logarithm": lambda: pair(
        ("log", FunctionTransformer(np.log1p, feature_names_out="one-to-one"), ["amt"]), CLOCK, ENCODED
    ),
    "stopped early": lambda: pair(
        NUMBERS, ENCODED, n_estimators=200, early_stopping_rounds=1, learning_rate=1.0
    ),
    "several trees a round": lambda: pair(NUMBERS, ENCODED, num_parallel_tree=3, subsample=0.5),
    "names that XGBoost takes not": lambda: pair(
        NUMBERS, ("a<b", OneHotEncoder(handle_unknown="ignore"), ["category"])
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")  # XGBoost warns of boosters that it is going to drop
@pytest.mark.parametrize("name", EQUAL)
def test_scores_are_those_of_predict_proba(name: str) -> None:
    given: Pair = EQUAL[name]()
    converted = convert(estimators(given.model, given.preprocessor))
    rows = transactions(4_000, seed=5)
    rows.loc[::50, "category"] = "never_seen"
    expected = given.model.predict_proba(given.preprocessor.transform(rows[INPUTS]))[:, 1]
    np.testing.assert_allclose(scores(converted, rows), expected, rtol=0, atol=1e-6)
    assert converted.compared > 5_000
    golden = converted.golden.model
    assert [score >= 0.5 for score in golden.score] == [decision == 2 for decision in golden.decision]


def test_a_pipeline_of_both_needs_no_preprocessor() -> None:
    given = pair(NUMBERS, ENCODED)
    whole = Pipeline([("features", given.preprocessor), ("trees", given.model)])
    converted = convert(estimators(whole, None))
    expected = whole.predict_proba(ROWS[INPUTS])[:, 1]
    np.testing.assert_allclose(scores(converted, ROWS), expected, rtol=0, atol=1e-6)
    with pytest.raises(NotCompilable, match="Give one of both"):
        estimators(whole, given.preprocessor)


def other_columns() -> Pair:
    frame = ROWS[INPUTS].rename(columns={"amt": "amount"})
    preprocessor = ColumnTransformer([("amount", StandardScaler(), ["amount"]), CLOCK, ENCODED])
    return Pair(preprocessor.fit(frame), pair(AMOUNT, CLOCK, ENCODED).model)


def unfitted() -> Pair:
    return Pair(ColumnTransformer([AMOUNT]), pair(AMOUNT).model)


def categorical() -> Pair:
    given = pair(AMOUNT, CLOCK, ENCODED, sparse_threshold=0)
    features = given.preprocessor.transform(ROWS[INPUTS])
    types = ["q", "c", *["q"] * (features.shape[1] - 2)]
    model = xgboost.XGBClassifier(n_estimators=3, enable_categorical=True, feature_types=types)
    model.fit(features, FRAUD)
    return Pair(given.preprocessor, model)


def classes() -> Pair:
    given = pair(NUMBERS, ENCODED)
    features = given.preprocessor.transform(ROWS[INPUTS])
    return Pair(given.preprocessor, xgboost.XGBClassifier(n_estimators=3).fit(features, ROWS["hour"] % 3))


def another_model() -> Pair:
    given = pair(NUMBERS, ENCODED)
    features = given.preprocessor.transform(ROWS[INPUTS])
    return Pair(given.preprocessor, LogisticRegression(max_iter=2_000).fit(features, FRAUD))


def chained() -> Pair:
    given = pair(NUMBERS, ENCODED, sparse_threshold=0)
    chain = Pipeline([("columns", given.preprocessor), ("again", StandardScaler())])
    return Pair(chain, given.model)


REFUSED: dict[str, tuple[Callable[[], Pair], str]] = {
    "unknown transformer of the amount": (
        lambda: pair(("squares", PolynomialFeatures(2), ["amt"]), ENCODED),
        "PolynomialFeatures.* no compiled form",
    ),
    "other columns": (other_columns, "fitted on the columns amount, hour"),
    "handle_unknown error": (
        lambda: pair(NUMBERS, ("strict", OneHotEncoder(), ["category"])), "handle_unknown='ignore'",
    ),
    "no known categories": (
        lambda: pair(
            NUMBERS, ("length", FunctionTransformer(lengths, feature_names_out="one-to-one"), ["category"])
        ),
        "No encoder of the category says",
    ),
    "not fitted": (unfitted, "ColumnTransformer is not fitted"),
    "steps after it": (chained, r"Pipeline of columns \(ColumnTransformer\), again \(StandardScaler\)"),
    "no ColumnTransformer": (lambda: Pair(StandardScaler(), pair(NUMBERS).model), "is a StandardScaler"),
    "no preprocessor": (lambda: Pair(None, pair(NUMBERS, ENCODED).model), "give one by --preprocessor"),
    "another pair": (
        lambda: Pair(pair(AMOUNT, ENCODED).preprocessor, pair(NUMBERS, ENCODED).model), "fitted on 7 columns",
    ),
    "sparse hours": (
        lambda: pair(AMOUNT, CLOCK, ENCODED, sparse_threshold=1.0, n_estimators=60),
        "sends a zero of clock__",
    ),
    "a marker that occurs": (lambda: pair(AMOUNT, CLOCK, ENCODED, missing=3.0), "takes 3 for missing"),
    "by category": (categorical, "is categorical"),
    "trees dropped while training": (
        lambda: pair(NUMBERS, ENCODED, booster="dart", rate_drop=0.5), "holds the unknown weight_drop",
    ),
    "linear": (lambda: pair(NUMBERS, ENCODED, booster="gblinear"), "gbtree"),
    "three classes": (classes, "tells 3 classes apart"),
    "another objective": (lambda: pair(NUMBERS, ENCODED, objective="binary:hinge"), "objective is none of"),
    "another model": (another_model, "LogisticRegression; supported is an XGBClassifier"),
}  # fmt: skip


def lengths(column: pd.DataFrame) -> pd.DataFrame:
    return column.map(len)


@pytest.mark.filterwarnings("ignore")  # XGBoost warns of boosters that it is going to drop
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_served_is_named(name: str) -> None:
    make, reason = REFUSED[name]
    given = make()
    with pytest.raises(NotCompilable, match=reason):
        convert(estimators(given.model, given.preprocessor))


def test_an_amount_that_a_sparse_matrix_leaves_out_is_refused() -> None:
    given = pair(("range", MinMaxScaler(), ["amt"]), ENCODED, sparse_threshold=1.0)
    with pytest.raises(NotCompilable, match="sends a zero of range__amt another way"):
        convert(estimators(given.model, given.preprocessor))
