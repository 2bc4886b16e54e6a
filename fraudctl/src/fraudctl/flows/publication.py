"""What a release must prove before it is published."""

from pathlib import Path

from fraud_contract.artifacts.loading import (
    PREPROCESSOR,
    PREPROCESSOR_OBJECT,
    PRODUCTION_MODEL,
    ModelArtifact,
    PreprocessorArtifact,
    require_pair,
)
from fraud_local.folders import Folders
from fraud_local.reproduction import reproduced
from fraud_training.plan.quality_gates import QualityGateFailed
from fraud_training.progress import Progress

_FAILED = "failed_gates"
"""Their key among a model's figures."""


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
    failed = model.document.metrics.get(_FAILED)
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
