"""Small releases made quickly: fitted, compiled and sealed as training does it, on made-up payments."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost as xgb

from fraud_contract.artifacts.loading import (
    BOOSTER,
    FEATURE_SPEC,
    GOLDEN,
    MODEL_DOCUMENT,
    PREPROCESSOR_OBJECT,
    GoldenRows,
    ModelDocument,
    PreprocessorPin,
)
from fraud_contract.artifacts.manifest import seal
from fraud_contract.calibration import Calibration
from fraud_contract.features import CompiledFeatures
from fraud_contract.policy import ThresholdPolicy
from fraud_training.evaluation.reference import outcome_reference
from fraud_training.preprocessing.compile import compile_features
from fraud_training.preprocessing.preprocessor import INPUTS, dumps, new_preprocessor, sklearn_features
from fraud_training.preprocessing.reference import reference_of

CATEGORIES = ("gas_transport", "grocery_net", "grocery_pos", "travel")
STEPS: Final = (9.99, 245.5, 301.07)
"""Amounts at which the odds change: trees split between each and the cent below."""
CALIBRATION: Final = Calibration(slope=0.8, intercept=-0.6)
POLICY: Final = ThresholdPolicy(review=0.15, block=0.4)


@dataclass(frozen=True)
class Folders:
    """The artifact folders of one release."""

    preprocessor: Path
    model: Path


def write_release(folder: Path, mean: float) -> Folders:
    """A sealed pair whose features and trees depend on `mean`: other means, other pairs."""
    folders = Folders(folder / "preprocessor", folder / "production_model")
    for each in (folders.preprocessor, folders.model):
        each.mkdir(parents=True)
    rows = _payments(mean)
    preprocessor = new_preprocessor().fit(rows)
    spec = compile_features(preprocessor, CATEGORIES, reference_of(rows, CATEGORIES))
    booster = _grown(sklearn_features(preprocessor, rows), _fraud(rows), spec.names)
    golden = _golden(rows)
    vectors = CompiledFeatures(spec).rows(*golden.values())
    scores = CALIBRATION.probabilities(booster.inplace_predict(vectors, predict_type="margin"))
    (folders.preprocessor / PREPROCESSOR_OBJECT).write_bytes(dumps(preprocessor))
    spec.write(folders.preprocessor / FEATURE_SPEC)
    GoldenRows(**golden, features=vectors.tolist()).write(folders.preprocessor / GOLDEN)
    pin = PreprocessorPin(digest=seal(folders.preprocessor, "preprocessor"), feature_spec_hash=spec.hash)
    booster.save_model(folders.model / BOOSTER)
    ModelDocument(
        preprocessor=pin, calibration=CALIBRATION, policy=POLICY, quick=True,
        parameters={}, metrics={}, data={}, libraries={},
        reference=outcome_reference(scores, np.asarray(golden["amt"]), POLICY),
    ).write(folders.model / MODEL_DOCUMENT)  # fmt: skip
    decisions = POLICY.decide_all(scores, np.asarray(golden["amt"])).tolist()
    GoldenRows(**golden, features=vectors.tolist(), score=scores.tolist(), decision=decisions).write(
        folders.model / GOLDEN
    )
    seal(folders.model, "model")
    return folders


def _payments(mean: float) -> pd.DataFrame:
    """Half of the amounts lie about `mean`, the others on `STEPS` and a cent below."""
    random = np.random.default_rng(7)
    amounts = [
        random.lognormal(np.log(mean), 1.5, 1500) + 0.01,
        random.choice(STEPS, 1500) - random.choice([0.0, 0.01], 1500),
    ]
    columns: dict[str, Any] = {
        "amt": random.permutation(np.round(np.concatenate(amounts), 2)),
        "hour": random.integers(0, 24, 3000),
        "day_of_week": random.integers(0, 7, 3000),
        "category": random.choice(CATEGORIES, 3000),
    }
    return pd.DataFrame(columns)[list(INPUTS)]


def _fraud(rows: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Probabilities as labels, so that no draw hides what an hour, a day, a category or a cent adds."""
    odds = (
        np.searchsorted(STEPS, rows["amt"], side="right")
        + rows["hour"].to_numpy() * 7 % 24 / 8  # neighbours differ, so that trees part them all
        + rows["day_of_week"].to_numpy() * 3 % 7 / 3
        + rows["category"].map(CATEGORIES.index).to_numpy(float) * 0.7
        - 6.5
    )
    return np.asarray(1 / (1 + np.exp(-odds)))


def _grown(
    features: npt.NDArray[np.float32], fraud: npt.NDArray[np.float64], names: tuple[str, ...]
) -> xgb.Booster:
    matrix = xgb.DMatrix(features, fraud, feature_names=list(names))  # as training names them
    parameters = {"max_depth": 5, "max_bin": 512, "nthread": 1, "objective": "binary:logistic"}
    return xgb.train(parameters, matrix, 40)


def _golden(rows: pd.DataFrame) -> dict[str, Any]:
    """The first payments in columns, one of them of an unknown category."""
    golden = {name: rows[name][:50].tolist() for name in INPUTS}
    golden["category"][0] = "never_seen"
    return golden
