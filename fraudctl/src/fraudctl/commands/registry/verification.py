"""Whether a release in the registry is what was published, and serves as it did then."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fraud_contract.artifacts.loading import ModelArtifact, PreprocessorArtifact, require_pair
from fraud_contract.artifacts.manifest import SIGNATURE
from fraud_contract.artifacts.signatures import TrustedKeys, require_signed
from fraud_contract.errors import ArtifactCorrupt, ArtifactError, UnusableInRegistry
from fraud_local.folders import Folders
from fraud_local.registry import Registry
from fraud_local.reproduction import reproduced
from fraud_registry.artifacts.fetch import DEADLINE, download
from fraud_registry.artifacts.resolve import resolve_release
from fraud_registry.artifacts.trust import TRUSTED_KEYS, trusted_keys
from fraud_registry.records.metadata import with_digest
from fraud_registry.references import Pin
from fraudctl.output import Row
from fraudctl.session import session

_NOT_CHECKED: Final = "no key to check it by: "
_ORDER: Final = ("pair", "content", "signature", "golden rows")


def verified(release: str) -> tuple[list[Row], bool]:
    """A row for each check up to the first that does not hold, and whether all hold.

    Raises:
        NotInRegistry: there is no such release.
        RegistryError: the registry refused or went away, which says nothing about the release.
    """
    trusted = trusted_keys(os.environ)  # a key that is none is said before anything is fetched
    rows: list[Row] = []
    run = session()
    with run.registry() as registry, tempfile.TemporaryDirectory(prefix="fraud-verify-") as scratch:
        try:
            for check, found in _checks(registry, release, trusted, Path(scratch)):
                holds = "not checked" if found.startswith(_NOT_CHECKED) else "yes"
                rows.append({"check": check, "holds": holds, "found": found})
        except (ArtifactError, UnusableInRegistry) as error:
            rows.append(
                {"check": _ORDER[len(rows)], "holds": "no", "found": error.message.replace(f"{scratch}/", "")}
            )
            return rows, False
    return rows, True


def _checks(
    registry: Registry, release: str, trusted: TrustedKeys | None, scratch: Path
) -> Iterator[tuple[str, str]]:
    pins = resolve_release(registry.account, release)
    yield _ORDER[0], f"{pins.model.uri} and {pins.preprocessor.uri}"
    folders = Folders(*(_fresh(registry, pin, scratch) for pin in (pins.model, pins.preprocessor)))
    model = ModelArtifact.load(folders.model)
    preprocessor = PreprocessorArtifact.load(folders.preprocessor)
    require_pair(model, preprocessor)
    yield (
        _ORDER[1],
        f"sha256:{model.digest} and sha256:{preprocessor.digest}, every file as the manifests say",
    )
    for folder in (folders.model, folders.preprocessor):
        signer = require_signed(folder, trusted)
    yield _ORDER[2], f"by {signer}" if trusted else _unchecked(folders.model)
    yield _ORDER[3], f"{reproduced(folders)} give the same features, scores and decisions"


def _fresh(registry: Registry, pin: Pin, scratch: Path) -> Path:
    """The files as the registry has them now, whatever lies in the cache."""
    reference = with_digest(pin)
    if reference.digest is None:
        raise ArtifactCorrupt(f"{pin.uri}: its metadata name no digest of its manifest. Publish it again.")
    return download(registry.account, reference, pin.registry_digest, scratch, DEADLINE).folder


def _unchecked(folder: Path) -> str:
    there = "there is one" if (folder / SIGNATURE).exists() else "there is none"
    return f"{_NOT_CHECKED}{there}, and {TRUSTED_KEYS} is not set"
