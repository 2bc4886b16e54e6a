"""All that a training run found out, before any of it is written."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from fraud_training.evaluation.drift import Month
from fraud_training.evaluation.metrics import Evaluation
from fraud_training.evaluation.payments import Payments
from fraud_training.model.boosting import Forest
from fraud_training.model.platt import CalibrationChoice
from fraud_training.model.policy_search import PolicyChoice
from fraud_training.plan.plan import Plan
from fraud_training.preprocessing.prepared import Prepared
from fraud_training.release.golden import Golden


@dataclass(frozen=True)
class Choices:
    """What the validation window decided, with the figures that decided it."""

    calibration: CalibrationChoice
    policy: PolicyChoice


@dataclass(frozen=True)
class Result:
    """The parts of both artifacts, and the figures that speak for them."""

    plan: Plan
    data: dict[str, Any]
    prepared: Prepared
    forest: Forest
    choices: Choices
    evaluation: Evaluation
    months: tuple[Month, ...]
    """Of the validation and the evaluation window."""
    evaluation_window: pd.DataFrame
    """Its rows, as `repository.load` gives them."""
    evaluated: Payments
    """The evaluation window, scored."""
    golden: Golden
