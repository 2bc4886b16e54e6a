"""Labelled payments into the registry; they come out of it by `resolve` and `fetch`, as all artifacts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from fraud_contract.artifacts.dataset import Dataset
from fraud_contract.artifacts.signatures import SigningKey
from fraud_registry.messages import PublishDataset
from fraud_registry.progress import Progress
from fraud_registry.publishing.publish import DEADLINE
from fraud_registry.records.metadata import MANIFEST_DIGEST, SIGNED_BY
from fraud_registry.references import Pin
from fraud_registry.worker.connection import Access, ask

EVALUATION: Final = "evaluation"
"""Alias of the dataset that releases are judged by."""


def publish_dataset(
    access: Access,
    folder: Path,
    aliases: Sequence[str] = (EVALUATION,),
    progress: Progress | None = None,
    *,
    signer: SigningKey | None = None,
) -> Pin:
    """Upload the dataset in `folder`, then move the aliases to it. The same rows again are the same version.

    With a `signer` the dataset in the folder is signed first.

    Raises:
        ArtifactError: the folder holds no sealed dataset; nothing was uploaded.
        RegistryError: the registry refused or went away.
    """
    dataset = Dataset.load(folder)
    if signer is not None:
        signer.sign_artifact(dataset.folder)
    more = {SIGNED_BY: signer.id} if signer else {}
    request = PublishDataset(
        folder=folder.resolve(),
        metadata={MANIFEST_DIGEST: dataset.digest, **dataset.document.model_dump(mode="json"), **more},
        aliases=tuple(aliases),
    )
    return ask(access, request, Pin, DEADLINE, progress)
