"""Rows with every category and edge, and what scikit-learn and XGBoost give for them offline."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import xgboost as xgb

from fraud_contract.artifacts.loading import BOOSTER, MODEL_DOCUMENT, PREPROCESSOR_OBJECT, ModelDocument
from fraud_contract.policy import ThresholdPolicy
from fraud_training.preprocessing.preprocessor import loads, sklearn_features
from support.artifacts.releases import STEPS, Folders

CATEGORIES = ("gas_transport", "grocery_net", "grocery_pos", "travel", "never_seen")
AMOUNTS = (0.01, *(amount for step in STEPS for amount in (round(step - 0.01, 2), step)), 1_000_000_000)
FIELDS = ("amt", "hour", "day_of_week", "category")
ROWS: list[dict[str, Any]] = [
    {"amt": amt, "hour": hour, "day_of_week": (hour + index) % 7, "category": category}
    for index, (amt, hour, category) in enumerate(product(AMOUNTS, range(24), CATEGORIES))
]


def columns(rows: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """Rows by field."""
    return {name: [row[name] for row in rows] for name in FIELDS}


def answers(folders: Folders, rows: Sequence[dict[str, Any]] = ROWS) -> list[dict[str, Any]]:
    """What each row must be answered with.

    Nothing that serves has a part in it: no compiled features, no calibration and no policy of the contract.
    """
    document = ModelDocument.read(folders.model / MODEL_DOCUMENT)
    assert isinstance(document.policy, ThresholdPolicy)
    preprocessor = loads((folders.preprocessor / PREPROCESSOR_OBJECT).read_bytes())
    features = sklearn_features(preprocessor, pd.DataFrame(columns(rows)))
    booster = xgb.Booster(model_file=folders.model / BOOSTER)
    matrix = xgb.DMatrix(features, feature_names=booster.feature_names)
    margins = booster.predict(matrix, output_margin=True).astype(np.float64)
    log_odds = document.calibration.slope * margins + document.calibration.intercept
    scores = (1 / (1 + np.exp(-log_odds))).astype(np.float32)
    return [_answer(score, document.policy) for score in scores.astype(float).tolist()]


def _answer(score: float, policy: ThresholdPolicy) -> dict[str, Any]:
    decision = "block" if score >= policy.block else "review" if score >= policy.review else "approve"
    return {
        "fraud_probability": score,
        "decision": decision,
        "prediction": "fraudulent" if decision == "block" else "non-fraudulent",
    }
