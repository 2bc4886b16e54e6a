"""What training wrote, into the registry."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fraud_contract.artifacts.loading import (
    PREPROCESSOR,
    PRODUCTION_MODEL,
    ModelArtifact,
    PreprocessorArtifact,
    require_pair,
)
from fraud_contract.artifacts.signatures import SigningKey
from fraud_contract.artifacts.training_record import TRAINING_RECORD, TrainingRecord
from fraud_registry.access.account import Account
from fraud_registry.artifacts import metadata
from fraud_registry.progress import Progress
from fraud_registry.references import CANDIDATE, Published
from fraud_registry.worker.child import ask
from fraud_registry.worker.messages import Publish

DEADLINE: Final = 600.0
"""Seconds for some ten megabytes and a few hundred rows: ample on a slow line, and an end to a dead one."""


def publish(
    account: Account,
    folder: Path,
    aliases: Sequence[str] = (CANDIDATE,),
    progress: Progress | None = None,
    *,
    signer: SigningKey | None = None,
) -> Published:
    """Upload both artifacts and the training record in `folder` as one run, then move the aliases to them.

    With a `signer` both artifacts in the folder are signed first. Where the same release is there already,
    nothing is uploaded, and only the aliases move. An interrupted call moves no alias.

    Raises:
        ArtifactError: the folder does not hold a sealed, matching pair; nothing was uploaded.
        UnusableInRegistry: an artifact there has another W&B type, or an alias is at a version that was not
            published by this software; nothing was uploaded.
        RegistryError: the registry refused or went away.
    """
    model = ModelArtifact.load(folder / PRODUCTION_MODEL)
    preprocessor = PreprocessorArtifact.load(folder / PREPROCESSOR)
    require_pair(model, preprocessor)
    TrainingRecord.read(folder / TRAINING_RECORD)
    if signer is not None:
        for artifact in (model, preprocessor):
            signer.sign_artifact(artifact.folder)
    signed_by = {metadata.SIGNED_BY: signer.id} if signer else {}
    request = Publish(
        folder=folder.resolve(),
        preprocessor_metadata=metadata.of_preprocessor(preprocessor, model) | signed_by,
        model_metadata=metadata.of_model(model) | signed_by,
        aliases=tuple(aliases),
    )
    return ask(account, request, Published, DEADLINE, progress)
