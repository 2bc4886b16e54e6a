"""Small releases made by hand: real artifacts without real training."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xgboost as xgb

from fraud_contract.artifacts import (
    BOOSTER,
    FEATURE_SPEC,
    GOLDEN,
    MODEL_DOCUMENT,
    GoldenRows,
    ModelDocument,
    PreprocessorPin,
)
from fraud_contract.calibration import Calibration
from fraud_contract.features import (
    AmountBlock,
    AmountStep,
    CompiledFeatures,
    FeatureSpec,
    Reference,
    TableBlock,
)
from fraud_contract.manifest import seal
from fraud_contract.policy import ThresholdPolicy

CATEGORIES = ("gas_transport", "grocery_net", "grocery_pos", "travel")


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
    spec = _spec(mean)
    features = CompiledFeatures(spec)
    random = np.random.default_rng(7)
    columns = {
        "amt": np.round(random.lognormal(4, 1.5, 2000), 2).tolist(),
        "hour": random.integers(0, 24, 2000).tolist(),
        "day_of_week": random.integers(0, 7, 2000).tolist(),
        "category": [CATEGORIES[i] for i in random.integers(0, 4, 2000)],
    }
    rows = features.rows(*columns.values())
    labels = (np.asarray(columns["amt"]) > 300) & (np.asarray(columns["hour"]) > 20)
    booster = xgb.train(
        {"max_depth": 4, "nthread": 1, "objective": "binary:logistic"},
        xgb.DMatrix(rows, labels, feature_names=list(spec.names)),  # as training names them
        20,
    )
    golden = {name: values[:50] for name, values in columns.items()}
    golden["category"] = ["never_seen", *golden["category"][1:]]
    vectors = features.rows(*golden.values())
    calibration, policy = Calibration(), ThresholdPolicy(review=0.05, block=0.5)
    scores = calibration.probabilities(booster.inplace_predict(vectors, predict_type="margin"))
    spec.write(folders.preprocessor / FEATURE_SPEC)
    GoldenRows(**golden, features=vectors.tolist()).write(folders.preprocessor / GOLDEN)
    pin = PreprocessorPin(digest=seal(folders.preprocessor, "preprocessor"), feature_spec_hash=spec.hash)
    booster.save_model(folders.model / BOOSTER)
    ModelDocument(
        preprocessor=pin, calibration=calibration, policy=policy, quick=True,
        parameters={}, metrics={}, data={}, libraries={},
    ).write(folders.model / MODEL_DOCUMENT)  # fmt: skip
    decisions = policy.decide_all(scores, np.asarray(golden["amt"])).tolist()
    GoldenRows(**golden, features=vectors.tolist(), score=scores.tolist(), decision=decisions).write(
        folders.model / GOLDEN
    )
    seal(folders.model, "model")
    return folders


def _spec(mean: float) -> FeatureSpec:
    one_hot = tuple(tuple(float(i == j) for j in range(4)) for i in range(5))
    hours = tuple((float(hour),) for hour in range(24))
    steps = (AmountStep(operation="subtract", value=mean), AmountStep(operation="divide", value=170.5))
    return FeatureSpec(
        names=("amount", *CATEGORIES, "hour"),
        categories=CATEGORIES,
        blocks=(
            AmountBlock(steps=steps),
            TableBlock(inputs=("category",), width=4, values=one_hot),
            TableBlock(inputs=("hour",), width=1, values=hours),
        ),
        reference=Reference(
            amount_edges=(10.0, 100.0),
            amount=(1, 2, 3),
            hour=(1,) * 24,
            day_of_week=(1,) * 7,
            category=(1,) * 5,
        ),
    )
