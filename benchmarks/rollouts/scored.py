"""What a release in a folder answers, computed as the serving side does."""

from pathlib import Path

import numpy as np
import pandas as pd
import xgboost

from fraud_contract.artifacts.loading import (
    BOOSTER,
    FEATURE_SPEC,
    MODEL_DOCUMENT,
    PREPROCESSOR,
    PRODUCTION_MODEL,
    ModelDocument,
)
from fraud_contract.features import CompiledFeatures, FeatureSpec
from fraud_contract.policy import Policy
from fraud_rollout.judge.answers import Answers, Payments
from fraud_training.model.scorer import Scorer


def scorer_of(folder: Path) -> tuple[Scorer, Policy]:
    """The features, trees, calibration and policy of the release in `folder`."""
    spec = FeatureSpec.read(folder / PREPROCESSOR / FEATURE_SPEC)
    document = ModelDocument.read(folder / PRODUCTION_MODEL / MODEL_DOCUMENT)
    booster = xgboost.Booster()
    booster.load_model(folder / PRODUCTION_MODEL / BOOSTER)
    return Scorer(CompiledFeatures(spec), booster, document.calibration), document.policy


def answers_of(folder: Path, rows: pd.DataFrame) -> Answers:
    """What the release in `folder` answers to `rows`, as `fraud_training.data.repository.load` gives them."""
    scorer, policy = scorer_of(folder)
    payments = scorer.payments(rows)
    return Answers(payments.scores, policy.decide_all(payments.scores, payments.amounts))


def labelled(rows: pd.DataFrame) -> Payments:
    """`rows` as the judge takes them."""
    return Payments(
        amounts=rows["amt"].to_numpy(np.float64),
        fraud=rows["is_fraud"].to_numpy(np.bool_),
        categories=rows["category"].to_numpy(object),
    )
