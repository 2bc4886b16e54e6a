"""Writing both artifacts and the training record: all at once, or not at all."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fraud_contract.artifacts.loading import (
    BOOSTER,
    FEATURE_SPEC,
    GOLDEN,
    MODEL_CARD,
    MODEL_DOCUMENT,
    PREPROCESSOR,
    PREPROCESSOR_OBJECT,
    PRODUCTION_MODEL,
)
from fraud_contract.artifacts.manifest import seal
from fraud_contract.artifacts.training_record import TRAINING_RECORD
from fraud_contract.errors import ArtifactError
from fraud_training.preprocessing.preprocessor import dumps
from fraud_training.release.documents import model_document
from fraud_training.release.model_card import model_card
from fraud_training.release.plots import draw
from fraud_training.release.record import record_of
from fraud_training.release.result import Result


@dataclass(frozen=True)
class Digests:
    """Of both sealed artifacts."""

    preprocessor: str
    model: str


def require_free(output: Path) -> None:
    """Raise `ArtifactError` if something is at `output` already."""
    if output.exists():
        raise ArtifactError(f"{output} exists. Name a folder that does not, or remove it first.")


def write(result: Result, output: Path) -> Digests:
    """Write a release into a folder beside `output` and move it there at the end."""
    require_free(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
    try:
        preprocessor = _write_preprocessor(result, unfinished / PREPROCESSOR)
        model = _write_model(result, unfinished / PRODUCTION_MODEL, preprocessor)
        record_of(result).write(unfinished / TRAINING_RECORD)
        unfinished.chmod(0o755)  # mkdtemp's 0700 would hide the release from a server's user
        unfinished.rename(output)
    except BaseException:
        shutil.rmtree(unfinished)
        raise
    return Digests(preprocessor, model)


def _write_preprocessor(result: Result, folder: Path) -> str:
    folder.mkdir()
    (folder / PREPROCESSOR_OBJECT).write_bytes(dumps(result.prepared.preprocessor))
    result.prepared.spec.write(folder / FEATURE_SPEC)
    result.golden.preprocessor.write(folder / GOLDEN)
    return seal(folder, "preprocessor")


def _write_model(result: Result, folder: Path, preprocessor_digest: str) -> str:
    folder.mkdir()
    (folder / BOOSTER).write_bytes(result.forest.booster.save_raw("ubj"))
    model_document(result, preprocessor_digest).write(folder / MODEL_DOCUMENT)
    result.golden.model.write(folder / GOLDEN)
    (folder / MODEL_CARD).write_text(model_card(result))
    importance = [(name, share) for name, share, *_ in result.forest.importance()]
    for name, picture in draw(result.evaluated, importance).items():
        (folder / name).write_bytes(picture)
    return seal(folder, "model")
