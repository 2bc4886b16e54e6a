"""A converted release on disk, whose card says what is known of it and what is not."""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from fraud_contract.artifacts.loading import (
    CONVERTED_FROM,
    MODEL_CARD,
    PREPROCESSOR,
    PRODUCTION_MODEL,
    ModelDocument,
    PreprocessorPin,
)
from fraud_contract.artifacts.training_record import GIT, TRAINING_RECORD, Table, TrainingRecord
from fraud_contract.calibration import Calibration
from fraud_training.conversion.convert import EQUAL, POLICY, Converted
from fraud_training.model.boosting import Forest
from fraud_training.release.commit import commit_of
from fraud_training.release.folder import release_folder
from fraud_training.release.write import Digests, write_model, write_preprocessor

_LIBRARIES: Final = ("numpy", "pandas", "scikit-learn", "skops", "xgboost-cpu")


def write_converted(converted: Converted, sources: dict[str, str], output: Path) -> Digests:
    """Write both artifacts and a record to `output`, whole or not at all.

    `sources` are the SHA-256 of the pickles, by what they held.
    """
    with release_folder(output) as folder:
        prepared, golden = converted.prepared, converted.golden
        preprocessor = write_preprocessor(prepared, golden, folder / PREPROCESSOR)
        document = ModelDocument(
            preprocessor=PreprocessorPin(digest=preprocessor, feature_spec_hash=prepared.spec.hash),
            calibration=Calibration(),
            policy=POLICY,
            quick=False,
            parameters=_parameters(converted, sources),
            metrics={},
            data={},
            libraries={"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}},
        )
        card = _card(converted, sources).encode()
        model = write_model(
            converted.booster, document, golden, {MODEL_CARD: card}, folder / PRODUCTION_MODEL
        )
        _record(converted, document).write(folder / TRAINING_RECORD)
    return Digests(preprocessor, model)


def _parameters(converted: Converted, sources: dict[str, str]) -> dict[str, Any]:
    return {"rounds": converted.booster.num_boosted_rounds(), CONVERTED_FROM: sources}


def _record(converted: Converted, document: ModelDocument) -> TrainingRecord:
    forest = Forest(converted.booster, converted.prepared.spec.names, {})
    rows = tuple(forest.importance())
    importance = Table(columns=("feature", "share_of_gain", "gain", "splits"), rows=rows)
    return TrainingRecord(
        config={
            "converted": True,
            "parameters": document.parameters,
            "policy": document.policy.model_dump(),
            "calibration": document.calibration.model_dump(),
            "features": list(converted.prepared.spec.names),
            GIT: commit_of(),
        },
        summary={"conversion/compared_rows": float(converted.compared)},
        curves={},
        tables={"feature_importance": importance},
    )


def _card(converted: Converted, sources: dict[str, str]) -> str:
    spec = converted.prepared.spec
    pickles = "\n".join(f"* {name}: SHA-256 `{digest}`" for name, digest in sources.items())
    return f"""# Fraud model (converted)

## Model details

Converted from pickles that were made elsewhere:

{pickles}

{converted.booster.num_boosted_rounds()} rounds of gradient-boosted trees (XGBoost); {len(spec.names)}
features of a ColumnTransformer, compiled and proven equal bit for bit on {converted.prepared.proven_rows:,}
rows; on {converted.compared:,} of them scores differ from `predict_proba` by at most {EQUAL:g}.

## Metrics

**None is known.** The pickles hold no labelled payments, so nothing was evaluated here: neither how well the
scores rank, nor whether they are probabilities.

## Calibration and decisions

Scores are the model's own, uncalibrated. Payments are blocked from a score of .5 on, as `predict` decides,
and none is sent to review: no costs are known. Another policy: FRAUD_POLICY of the service.

## Training data

Unknown, and with them how the inputs were distributed: drift cannot be measured, and a judge
cannot tell whether the model has seen the payments it is judged by.

## Caveats and recommendations

* Known are {len(spec.categories)} categories; any other is scored as the encoder scores what it has not seen.
* Judge it before it decides: `fraudctl judge production candidate`. Train with `fraudctl train --data` to
  have figures, calibration and a policy.
"""
