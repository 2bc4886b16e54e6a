"""Fetched artifacts on disk, by digest and signature, with an index from pins to folders.

<digest>/                                               an artifact and its origin.json
<digest>.<digest of signature>/                         the same, signed
pins/<entity>/<project>/<name>/<vN>-<registry digest>   names the folder: a known pin needs no registry

Equal content that another key signed lies beside it: whoever can publish must not take the signature from
what serves already.
"""

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from fraud_contract.artifacts.loading import Origin
from fraud_contract.artifacts.manifest import MANIFEST, ORIGIN, Manifest, verify
from fraud_contract.artifacts.signatures import signature_in
from fraud_contract.errors import ArtifactError
from fraud_registry.artifacts.staging import locked, sync
from fraud_registry.references import Pin

_SCRATCH: Final = ".new"
_SHOWN: Final = 16
"""Hex digits of a signature's digest."""


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
        digest = seal_of(folder)
        if folder.name != _place(folder, digest):
            return None
        _label(cache, folder, origin_of(pin, digest))
    except (FileNotFoundError, UnicodeDecodeError, ArtifactError):
        return None
    return folder


def keep(cache: Path, pin: Pin, fetched: Path, digest: str) -> Path:
    """Move a verified artifact into the cache and the index; its folder there."""
    sync(fetched)
    target, index = cache / _place(fetched, digest), _index(cache, pin)
    with locked(cache):
        if not _intact(target):
            shutil.rmtree(target, ignore_errors=True)
            fetched.rename(target)
        index.parent.mkdir(parents=True, exist_ok=True)
        (cache / _SCRATCH).write_text(target.name)
        (cache / _SCRATCH).replace(index)
    _label(cache, target, origin_of(pin, digest))
    return target


def _index(cache: Path, pin: Pin) -> Path:
    # The registry's digest is part of the name: after an embedded registry was deleted, v0 is another.
    return cache / "pins" / pin.entity / pin.project / pin.name / f"{pin.version}-{pin.registry_digest}"


def _place(folder: Path, digest: str) -> str:
    """The name in the cache of the artifact in `folder`."""
    signature = signature_in(folder)
    if signature is None:
        return digest
    return f"{digest}.{hashlib.sha256(signature).hexdigest()[:_SHOWN]}"


def _intact(folder: Path) -> bool:
    try:
        return _place(folder, seal_of(folder)) == folder.name
    except ArtifactError:
        return False


def _label(cache: Path, folder: Path, origin: Origin) -> None:
    """Write the origin unless it stands there: the same content may be two versions' in two registries."""
    with suppress(ArtifactError):  # not there yet, or damaged
        if Origin.read(folder / ORIGIN) == origin:
            return
    with locked(cache):
        # Not written in place: a process that verifies the folder now must not meet half a file, or another.
        origin.write(cache / _SCRATCH)
        (cache / _SCRATCH).replace(folder / ORIGIN)
