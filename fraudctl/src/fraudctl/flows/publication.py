"""What a release must prove before it is published."""

import shutil
from pathlib import Path
from typing import Final

from fraud_contract.artifacts.loading import (
    PREPROCESSOR,
    PREPROCESSOR_OBJECT,
    PRODUCTION_MODEL,
    ModelArtifact,
    PreprocessorArtifact,
    require_pair,
)
from fraud_local.folders import Folders
from fraud_local.registry import Registry
from fraud_local.reproduction import reproduced
from fraud_processes.errors import LocalError
from fraud_registry.records.metadata import FAILED_GATES
from fraud_training.plan.quality_gates import QualityGateFailed
from fraud_training.progress import Progress

_SPARE: Final = 16 << 20
"""Bytes that the run, its plots and the database take beside the artifacts."""
_MEBI: Final = 1 << 20


class RoomMissing(LocalError):
    """The disk of the embedded registry cannot take what is to be published."""

    code = "room_missing"


def require_room(registry: Registry, folder: Path) -> None:
    """Pass, or raise `RoomMissing`: W&B's SDK tries on a full disk for two minutes and does not say why."""
    if registry.key_file is None:
        return
    place = registry.key_file.parent
    needed = _SPARE + sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    free = shutil.disk_usage(place).free
    if free < needed:
        raise RoomMissing(
            f"{free // _MEBI:,} MiB are free at {place}, and publishing takes about {needed // _MEBI:,} MiB. "
            "Nothing was published. Make room there (old trainings are in var/trained), or set FRAUDCTL_HOME."
        )


def require_publishable(folder: Path, progress: Progress, *, accepts_failed_gates: bool) -> None:
    """Pass, or say what is wrong with the release in `folder`.

    Raises:
        ArtifactError: the folder holds no sealed, matching pair; its golden rows come out otherwise by the
            code that serves; or its compiled features differ from the preprocessor's own.
        QualityGateFailed: the model failed a gate when it was trained, and that is not accepted.
    """
    progress.stage("verify both artifacts")
    model = ModelArtifact.load(folder / PRODUCTION_MODEL)
    preprocessor = PreprocessorArtifact.load(folder / PREPROCESSOR)
    require_pair(model, preprocessor)
    failed = model.document.metrics.get(FAILED_GATES)
    if failed and not accepts_failed_gates:
        raise QualityGateFailed(
            f"The model failed {len(failed)} quality gate(s) when it was trained: {'; '.join(failed)}. "
            "Nothing was published. Train a better one, or publish it nevertheless with --accept-below-bars."
        )
    progress.stage("reproduce the golden rows")
    reproduced(Folders(model.folder, preprocessor.folder))
    progress.stage("prove the compiled features")
    # scikit-learn takes a second to load, which only this needs.
    from fraud_training.preprocessing.preprocessor import loads
    from fraud_training.preprocessing.proof import prove

    prove(preprocessor.spec, loads((preprocessor.folder / PREPROCESSOR_OBJECT).read_bytes()))
