"""Rows with every category and edge, and what the model gives for them offline."""

from itertools import product
from typing import Any

import numpy as np
import xgboost as xgb

from fraud_contract.artifacts import BOOSTER, ModelArtifact, PreprocessorArtifact
from fraud_contract.features import CompiledFeatures
from support.releases import Folders

CATEGORIES = ("gas_transport", "grocery_net", "grocery_pos", "travel", "never_seen")
AMOUNTS = (0.01, 9.99, 245.5, 301.07, 1_000_000_000)
FIELDS = ("amt", "hour", "day_of_week", "category")
ROWS: list[dict[str, Any]] = [
    {"amt": amt, "hour": hour, "day_of_week": (hour + index) % 7, "category": category}
    for index, (amt, hour, category) in enumerate(product(AMOUNTS, range(24), CATEGORIES))
]


def columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Rows by field."""
    return {name: [row[name] for row in rows] for name in FIELDS}


def answers(folders: Folders) -> list[dict[str, Any]]:
    """What each of `ROWS` must be answered with."""
    model = ModelArtifact.load(folders.model)
    features = CompiledFeatures(PreprocessorArtifact.load(folders.preprocessor).spec)
    booster = xgb.Booster(model_file=folders.model / BOOSTER)
    vectors = features.rows(*columns(ROWS).values())
    scores = model.document.calibration.probabilities(booster.inplace_predict(vectors, predict_type="margin"))
    decisions = model.document.policy.decide_all(scores, np.array([row["amt"] for row in ROWS], float))
    names = ("approve", "review", "block")
    return [
        {
            "fraud_probability": float(score),
            "decision": names[code],
            "prediction": "fraudulent" if code == 2 else "non-fraudulent",
        }
        for score, code in zip(scores, decisions, strict=True)
    ]
