"""Writing both artifacts and the training record: all at once, or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import xgboost

from fraud_contract.artifacts.dataset import EVALUATION_DATA
from fraud_contract.artifacts.loading import (
    BOOSTER,
    FEATURE_SPEC,
    GOLDEN,
    MODEL_CARD,
    MODEL_DOCUMENT,
    PREPROCESSOR,
    PREPROCESSOR_OBJECT,
    PRODUCTION_MODEL,
    ModelDocument,
)
from fraud_contract.artifacts.manifest import seal
from fraud_contract.artifacts.training_record import TRAINING_RECORD
from fraud_training.data.dataset import write_payments
from fraud_training.data.repository import Window
from fraud_training.preprocessing.prepared import Prepared
from fraud_training.preprocessing.preprocessor import dumps
from fraud_training.release.documents import model_document
from fraud_training.release.folder import release_folder
from fraud_training.release.golden import Golden
from fraud_training.release.model_card import model_card
from fraud_training.release.plots import draw
from fraud_training.release.record import record_of
from fraud_training.release.result import Result


@dataclass(frozen=True)
class Digests:
    """Of both sealed artifacts."""

    preprocessor: str
    model: str


def write(result: Result, output: Path) -> Digests:
    """Write a release into a folder beside `output` and move it there at the end."""
    with release_folder(output) as folder:
        preprocessor = write_preprocessor(result.prepared, result.golden, folder / PREPROCESSOR)
        model = write_model(
            result.forest.booster,
            model_document(result, preprocessor),
            result.golden,
            {MODEL_CARD: model_card(result).encode(), **draw(result)},
            folder / PRODUCTION_MODEL,
        )
        record_of(result).write(folder / TRAINING_RECORD)
        if result.plan.data is not None:  # the repository's window is at hand wherever this software is
            window = Window.EVALUATION
            described = result.data[window.value]
            write_payments(folder / EVALUATION_DATA, window, result.evaluation_window, described)
    return Digests(preprocessor, model)


def write_preprocessor(prepared: Prepared, golden: Golden, folder: Path) -> str:
    """The preprocessor's artifact, sealed; its digest."""
    folder.mkdir()
    (folder / PREPROCESSOR_OBJECT).write_bytes(dumps(prepared.preprocessor))
    prepared.spec.write(folder / FEATURE_SPEC)
    golden.preprocessor.write(folder / GOLDEN)
    return seal(folder, "preprocessor")


def write_model(
    booster: xgboost.Booster,
    document: ModelDocument,
    golden: Golden,
    pages: Mapping[str, bytes],
    folder: Path,
) -> str:
    """The model's artifact with its card and pictures, sealed; its digest."""
    folder.mkdir()
    (folder / BOOSTER).write_bytes(booster.save_raw("ubj"))
    document.write(folder / MODEL_DOCUMENT)
    golden.model.write(folder / GOLDEN)
    for name, content in pages.items():
        (folder / name).write_bytes(content)
    return seal(folder, "model")
