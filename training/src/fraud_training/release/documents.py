"""The model's document: all that is to be known of it besides its trees."""

import platform
from dataclasses import asdict
from importlib.metadata import version
from math import isfinite
from typing import Any, Final

from fraud_contract.artifacts.loading import ModelDocument, PreprocessorPin
from fraud_training.evaluation.gates import failed_gates
from fraud_training.evaluation.metrics import Figures, Outcome
from fraud_training.evaluation.reference import outcome_reference
from fraud_training.release.record import parameters_of
from fraud_training.release.result import Result

_LIBRARIES: Final = ("numpy", "pandas", "scikit-learn", "skops", "xgboost-cpu")


def model_document(result: Result, preprocessor_digest: str) -> ModelDocument:
    """The document of the model trained with the preprocessor of that digest."""
    return ModelDocument(
        preprocessor=PreprocessorPin(digest=preprocessor_digest, feature_spec_hash=result.prepared.spec.hash),
        calibration=result.choices.calibration.calibration,
        policy=result.choices.policy.policy,
        quick=result.plan.is_quick,
        parameters={**parameters_of(result.plan), "rounds": result.forest.rounds},
        metrics=_metrics(result),
        data=result.data,
        libraries={"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        reference=outcome_reference(
            result.evaluated.scores, result.evaluated.amounts, result.choices.policy.policy
        ),
    )


def _metrics(result: Result) -> dict[str, Any]:
    evaluation = result.evaluation
    failed = failed_gates(evaluation, result.plan.quality_gates)
    return ({"failed_gates": failed} if failed else {}) | {
        "quality_gates": _finite(result.plan.quality_gates.model_dump()),
        "months": [asdict(month) for month in result.months],
        "evaluation": _both(evaluation.figures, evaluation.outcome),
        "unknown_category": _both(*evaluation.unknown),
        "categories": {name: _both(*parts) for name, parts in evaluation.categories.items()},
    }


def _finite(gates: dict[str, float]) -> dict[str, float]:
    """QualityGates that some model may miss; JSON has no infinity."""
    return {name: each for name, each in gates.items() if isfinite(each)}


def _both(figures: Figures, outcome: Outcome) -> dict[str, Any]:
    return asdict(figures) | asdict(outcome)
