"""Whether an artifact in the registry is what was published, and a release serves as it did then."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fraud_contract.artifacts.dataset import EVALUATION_DATA, Dataset
from fraud_contract.artifacts.loading import ModelArtifact, PreprocessorArtifact, require_pair
from fraud_contract.artifacts.manifest import SIGNATURE
from fraud_contract.artifacts.signatures import TrustedKeys, require_signed
from fraud_contract.errors import ArtifactCorrupt, ArtifactError, UnusableInRegistry
from fraud_local.folders import Folders
from fraud_local.reproduction import reproduced
from fraud_registry.artifacts.fetch import DEADLINE, download
from fraud_registry.artifacts.resolve import resolve_reference, resolve_release
from fraud_registry.artifacts.trust import TRUSTED_KEYS, trusted_keys
from fraud_registry.records.metadata import with_digest
from fraud_registry.references import Pin
from fraud_registry.worker.connection import Connection
from fraudctl.output import Row
from fraudctl.session import session

_NOT_CHECKED: Final = "no key to check it by: "
_PAIR: Final = "pair"
_CONTENT: Final = "content"
_SIGNATURE: Final = "signature"
_GOLDEN: Final = "golden rows"
_OF_RELEASE: Final = (_PAIR, _CONTENT, _SIGNATURE, _GOLDEN)
_OF_DATASET: Final = (_CONTENT, _SIGNATURE)


def verified(given: str) -> tuple[list[Row], bool]:
    """A row for each check up to the first that does not hold, and whether all hold.

    `given` is an alias or version of the model, or `evaluation_data:` with one of the dataset's.

    Raises:
        NotInRegistry: there is no such release or dataset.
        RegistryError: the registry refused or went away, which says nothing about the artifacts.
    """
    trusted = trusted_keys(os.environ)  # a key that is none is said before anything is fetched
    is_dataset = given.startswith(f"{EVALUATION_DATA}:")
    order, checks = (_OF_DATASET, _dataset_checks) if is_dataset else (_OF_RELEASE, _release_checks)
    rows: list[Row] = []
    run = session()
    with (
        run.registry() as registry,
        Connection(registry.account) as connection,
        tempfile.TemporaryDirectory(prefix="fraud-verify-") as scratch,
    ):
        try:
            for check, found in zip(order, checks(connection, given, trusted, Path(scratch)), strict=True):
                holds = "not checked" if found.startswith(_NOT_CHECKED) else "yes"
                rows.append({"check": check, "holds": holds, "found": found})
        except (ArtifactError, UnusableInRegistry) as error:
            found = error.message.replace(f"{scratch}/", "")
            rows.append({"check": order[len(rows)], "holds": "no", "found": found})
            return rows, False
    return rows, True


def _release_checks(
    connection: Connection, release: str, trusted: TrustedKeys | None, scratch: Path
) -> Iterator[str]:
    """What each of `_OF_RELEASE` found."""
    pins = resolve_release(connection, release)
    yield f"{pins.model.uri} and {pins.preprocessor.uri}"
    folders = Folders(*(_fresh(connection, pin, scratch) for pin in (pins.model, pins.preprocessor)))
    model = ModelArtifact.load(folders.model)
    preprocessor = PreprocessorArtifact.load(folders.preprocessor)
    require_pair(model, preprocessor)
    yield f"sha256:{model.digest} and sha256:{preprocessor.digest}, every file as the manifests say"
    yield _signed(trusted, folders.model, folders.preprocessor)
    yield f"{reproduced(folders)} give the same features, scores and decisions"


def _dataset_checks(
    connection: Connection, reference: str, trusted: TrustedKeys | None, scratch: Path
) -> Iterator[str]:
    """What each of `_OF_DATASET` found."""
    dataset = Dataset.load(_fresh(connection, resolve_reference(connection, reference), scratch))
    yield f"sha256:{dataset.digest}, {len(dataset):,} payments, every file as the manifest says"
    yield _signed(trusted, dataset.folder)


def _fresh(connection: Connection, pin: Pin, scratch: Path) -> Path:
    """The files as the registry has them now, whatever lies in the cache."""
    reference = with_digest(pin)
    if reference.digest is None:
        raise ArtifactCorrupt(f"{pin.uri}: its metadata name no digest of its manifest. Publish it again.")
    return download(connection, reference, pin.registry_digest, scratch, DEADLINE).folder


def _signed(trusted: TrustedKeys | None, *folders: Path) -> str:
    """Who signed all of them, or that there is no key to check it by."""
    signers = dict.fromkeys(require_signed(folder, trusted) for folder in folders)
    if trusted is not None:
        return f"by {' and '.join(signers)}"
    there = "there is one" if all((each / SIGNATURE).exists() for each in folders) else "there is none"
    return f"{_NOT_CHECKED}{there}, and {TRUSTED_KEYS} is not set"
