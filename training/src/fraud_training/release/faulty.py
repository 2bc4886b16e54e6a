"""Two candidates for a demo, made of a sound release; both are consistent in themselves."""

import shutil
from pathlib import Path
from typing import Any, Final

import numpy as np
import xgboost as xgb

from fraud_contract.artifacts.loading import (
    BOOSTER,
    FEATURE_SPEC,
    GOLDEN,
    MODEL_DOCUMENT,
    PREPROCESSOR,
    PREPROCESSOR_OBJECT,
    PRODUCTION_MODEL,
    GoldenRows,
    ModelArtifact,
    ModelDocument,
    PreprocessorArtifact,
    PreprocessorPin,
)
from fraud_contract.artifacts.manifest import seal
from fraud_contract.features import CompiledFeatures
from fraud_training.model.scorer import Scorer
from fraud_training.preprocessing.compile import compile_features
from fraud_training.preprocessing.preprocessor import dumps, loads

_ENCODER: Final = "merchant"


def rotate_categories(sound: Path, target: Path) -> None:
    """The release in `sound` with the one-hot columns of its preprocessor one place further.

    It is what comes of pairing a model with a preprocessor that was fitted on categories in another order:
    nothing fails, every answer is a probability, and most frauds pass.
    """
    shutil.copytree(sound, target)
    folder = target / PREPROCESSOR
    spec = PreprocessorArtifact.load(folder).spec
    fitted = loads((folder / PREPROCESSOR_OBJECT).read_bytes())
    encoder: Any = fitted.named_transformers_[_ENCODER]
    encoder.categories_ = [np.roll(names, 1) for names in encoder.categories_]
    rotated = compile_features(fitted, spec.categories, spec.reference).model_copy(
        update={"names": spec.names}
    )
    (folder / PREPROCESSOR_OBJECT).write_bytes(dumps(fitted))
    rotated.write(folder / FEATURE_SPEC)
    golden = GoldenRows.read(folder / GOLDEN)
    golden.model_copy(
        update={"features": _features(golden, rotated_features := CompiledFeatures(rotated))}
    ).write(folder / GOLDEN)
    pin = PreprocessorPin(digest=seal(folder, "preprocessor"), feature_spec_hash=rotated.hash)
    _with_model(sound, target, pin, rotated_features)


def _with_model(sound: Path, target: Path, pin: PreprocessorPin, compiled: CompiledFeatures) -> None:
    artifact = ModelArtifact.load(sound / PRODUCTION_MODEL)
    folder = target / PRODUCTION_MODEL
    artifact.document.model_copy(update={"preprocessor": pin}).write(folder / MODEL_DOCUMENT)
    features = _features(artifact.golden, compiled)
    booster = xgb.Booster(model_file=folder / BOOSTER)
    scorer = Scorer(compiled, booster, artifact.document.calibration)
    scores = scorer.scores(np.asarray(features, np.float32))
    decisions = artifact.document.policy.decide_all(scores, np.asarray(artifact.golden.amt))
    artifact.golden.model_copy(
        update={"features": features, "score": tuple(scores.tolist()), "decision": tuple(decisions.tolist())}
    ).write(folder / GOLDEN)
    seal(folder, "model")


def copy_with_note(sound: Path, target: Path, note: str) -> None:
    """The release in `sound`, whose model's parameters carry a note: equal answers under another name."""
    shutil.copytree(sound, target)
    path = target / PRODUCTION_MODEL / MODEL_DOCUMENT
    document = ModelDocument.read(path)
    document.model_copy(update={"parameters": {**document.parameters, "note": note}}).write(path)
    seal(target / PRODUCTION_MODEL, "model")


def _features(golden: GoldenRows, compiled: CompiledFeatures) -> tuple[tuple[float, ...], ...]:
    rows = compiled.rows(golden.amt, golden.hour, golden.day_of_week, golden.category)
    return tuple(map(tuple, rows.tolist()))
