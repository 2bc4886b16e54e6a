"""Fetched artifacts on disk, by digest, with an index from pins to digests.

<digest>/                                               an artifact and its origin.json
pins/<entity>/<project>/<name>/<vN>-<registry digest>   holds the digest: a known pin needs no registry
"""

import shutil
from pathlib import Path
from typing import Final

from fraud_contract.artifacts.loading import Origin
from fraud_contract.artifacts.manifest import MANIFEST, ORIGIN, SIGNATURE, Manifest, verify
from fraud_contract.errors import ArtifactError
from fraud_registry.artifacts.staging import locked, sync
from fraud_registry.references import Pin

_SCRATCH: Final = ".new"


def seal_of(folder: Path) -> str:
    """The digest of the artifact in `folder`, of either kind. Raises the errors of `manifest.verify`."""
    return verify(folder, Manifest.read(folder / MANIFEST).kind)


def origin_of(pin: Pin, digest: str) -> Origin:
    """What a folder says of where it was fetched from."""
    return Origin(name=pin.name, version=pin.version, digest=digest, registry_digest=pin.registry_digest)


def known(cache: Path, pin: Pin) -> Path | None:
    """The folder of a pin fetched before, verified again; None if there is none, or it has changed."""
    try:
        folder = cache / _index(cache, pin).read_text()
        _label(cache, folder, origin_of(pin, seal_of(folder)))
    except (FileNotFoundError, ArtifactError):
        return None
    return folder


def keep(cache: Path, pin: Pin, fetched: Path, digest: str) -> Path:
    """Move a verified artifact into the cache and the index; its folder there."""
    sync(fetched)
    target, index = cache / digest, _index(cache, pin)
    with locked(cache):
        if not _intact(target):
            shutil.rmtree(target, ignore_errors=True)
            fetched.rename(target)
        elif (fetched / SIGNATURE).exists():  # the same content may have been published unsigned before
            (fetched / SIGNATURE).replace(target / SIGNATURE)
        index.parent.mkdir(parents=True, exist_ok=True)
        (cache / _SCRATCH).write_text(digest)
        (cache / _SCRATCH).replace(index)
    _label(cache, target, origin_of(pin, digest))
    return target


def _index(cache: Path, pin: Pin) -> Path:
    # The registry's digest is part of the name: after an embedded registry was deleted, v0 is another.
    return cache / "pins" / pin.entity / pin.project / pin.name / f"{pin.version}-{pin.registry_digest}"


def _intact(folder: Path) -> bool:
    try:
        return seal_of(folder) == folder.name
    except ArtifactError:
        return False


def _label(cache: Path, folder: Path, origin: Origin) -> None:
    """Write the origin unless it stands there: the same content may be two versions' in two registries."""
    if (folder / ORIGIN).exists() and Origin.read(folder / ORIGIN) == origin:
        return
    with locked(cache):
        # Not written in place: a process that verifies the folder now must not meet half a file, or another.
        origin.write(cache / _SCRATCH)
        (cache / _SCRATCH).replace(folder / ORIGIN)
