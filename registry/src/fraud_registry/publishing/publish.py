"""What training wrote, into the registry."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from fraud_contract.artifacts.loading import (
    PREPROCESSOR,
    PRODUCTION_MODEL,
    ModelArtifact,
    PreprocessorArtifact,
    require_pair,
)
from fraud_contract.artifacts.signatures import SigningKey
from fraud_contract.artifacts.training_record import GIT, TRAINING_RECORD, TrainingRecord
from fraud_registry.messages import Publish
from fraud_registry.progress import Progress
from fraud_registry.records import metadata
from fraud_registry.references import CANDIDATE, Published, new_alias
from fraud_registry.worker.connection import Access, ask

DEADLINE: Final = 600.0
"""Seconds for some ten megabytes and a few hundred rows: ample on a slow line, and an end to a dead one."""


def publish(
    access: Access,
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
        InvalidReference: an alias can be none; nothing was signed or uploaded.
        ArtifactError: the folder does not hold a sealed, matching pair; nothing was uploaded.
        UnusableInRegistry: an artifact there has another W&B type, or an alias is at a version that was not
            published by this software; nothing was uploaded.
        RegistryError: the registry refused or went away.
    """
    names = tuple(map(new_alias, aliases))
    model = ModelArtifact.load(folder / PRODUCTION_MODEL)
    preprocessor = PreprocessorArtifact.load(folder / PREPROCESSOR)
    require_pair(model, preprocessor)
    record = TrainingRecord.read(folder / TRAINING_RECORD)
    if signer is not None:
        for artifact in (model, preprocessor):
            signer.sign_artifact(artifact.folder)
    more: dict[str, Any] = {metadata.SIGNED_BY: signer.id} if signer else {}
    more[GIT] = record.config.get(GIT) or {"absent": "not recorded when it was trained"}
    request = Publish(
        folder=folder.resolve(),
        preprocessor_metadata=metadata.of_preprocessor(preprocessor, model) | more,
        model_metadata=metadata.of_model(model) | more,
        aliases=names,
    )
    return ask(access, request, Published, DEADLINE, progress)
