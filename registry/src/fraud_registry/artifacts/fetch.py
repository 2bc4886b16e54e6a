"""From a pin to verified files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fraud_contract.artifacts.manifest import MANIFEST, MAX_ARTIFACT_BYTES, MAX_FILES, ORIGIN, UNNAMED
from fraud_contract.errors import ArtifactCorrupt, ArtifactError
from fraud_registry.artifacts import cache as artifacts
from fraud_registry.artifacts.staging import staging
from fraud_registry.messages import Download
from fraud_registry.records.metadata import not_ours
from fraud_registry.references import Pin, Reference
from fraud_registry.worker.connection import Access, ask

DEADLINE: Final = 300.0
"""Seconds for some ten megabytes: ample on a slow line, and an end to a dead one."""
FILES_DEADLINE: Final = 3_600.0
"""The same for data of any size."""


def fetch(access: Access, pin: Pin, cache: Path, deadline: float = DEADLINE) -> Path:
    """The folder of the pinned artifact below `cache`, verified.

    A pin fetched before needs no registry. Several processes may fetch the same pin at once.

    Args:
        access: the registry.
        pin: what to fetch.
        cache: any folder; it is made if needed.
        deadline: seconds; then the download is killed and nothing is left of it.

    Raises:
        ArtifactCorrupt: what was received is not what was pinned, or not what was published.
        RegistryError: the registry refused, went away, or took longer than the deadline.
    """
    found = artifacts.known(cache, pin)
    if found is not None:
        return found
    with staging(cache) as folder:
        fetched = download(access, pin.reference, pin.registry_digest, folder, deadline)
        return artifacts.keep(cache, pin, fetched.folder, fetched.digest)


def fetch_files(access: Access, reference: Reference, folder: Path, deadline: float = FILES_DEADLINE) -> Pin:
    """The files of a version that nobody sealed, such as data logged by hand, in the new `folder`.

    They are what the registry says they are, by its own digests.

    Raises:
        NotInRegistry: there is no such version.
        ArtifactCorrupt: what was received is something else.
        RegistryError: the registry refused, went away, or took longer than the deadline (seconds).
    """
    folder.mkdir(parents=True)
    request = Download(
        reference=reference,
        registry_digest=None,
        max_files=None,
        max_bytes=None,
        folder=folder.resolve(),
    )
    return ask(access, request, Pin, deadline)


def require_digest(reference: Reference, digest: str) -> None:
    """Refuse files that are not those that were pinned.

    Raises:
        ArtifactCorrupt: the reference names another digest.
    """
    if reference.digest not in {None, digest}:
        raise ArtifactCorrupt(
            f"{reference} was pinned, but the registry holds sha256:{digest} under that version. Its content "
            "was replaced after it was pinned: find out by whom before you pin the new digest."
        )


@dataclass(frozen=True)
class Downloaded:
    """Verified files with their `origin.json`."""

    folder: Path
    digest: str


def download(
    access: Access, reference: Reference, registry_digest: str | None, scratch: Path, deadline: float
) -> Downloaded:
    """The files of a version, in a new folder below `scratch`.

    Without a registry digest the version's present one is taken. Raises as `fetch` does,
    `UnusableInRegistry` where they were not published by this software, are too many or too large, and
    `ArtifactCorrupt` where the reference names a digest and the files have another.
    """
    folder = scratch.resolve() / reference.name
    folder.mkdir()
    request = Download(
        reference=reference,
        registry_digest=registry_digest,
        max_files=MAX_FILES + len(UNNAMED),
        max_bytes=MAX_ARTIFACT_BYTES,
        folder=folder,
    )
    pin = ask(access, request, Pin, deadline)
    if not (folder / MANIFEST).exists():
        raise not_ours(pin.uri, sorted(path.name for path in folder.iterdir()))
    try:
        digest = artifacts.seal_of(folder)
    except ArtifactError as error:
        raise ArtifactCorrupt(error.message.replace(str(folder), pin.uri)) from None
    require_digest(reference, digest)
    artifacts.origin_of(pin, digest).write(folder / ORIGIN)
    return Downloaded(folder, digest)
