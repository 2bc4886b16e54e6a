"""The manifest of an artifact: name, size and SHA-256 of every file, checked before anything is loaded.

W&B's own digests are MD5 and its download does not check what it received, so this is the proof that
what is served is what was published. The digest of an artifact is the SHA-256 of its manifest.
"""

import hashlib
from itertools import islice
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from fraud_contract.documents import Document
from fraud_contract.errors import ArtifactCorrupt, ArtifactMissing
from fraud_contract.plain_text import one_line

MANIFEST: Final = "manifest.json"
ORIGIN: Final = "origin.json"
"""Where an artifact was fetched from; written by the fetch, so no manifest names it."""
SIGNATURE: Final = "manifest.sig"
"""Signature of the manifest, which cannot name it either."""
UNNAMED: Final = frozenset({MANIFEST, ORIGIN, SIGNATURE})
"""Files that stand in no manifest."""

MAX_MANIFEST_BYTES: Final = 256 << 10
MAX_FILES: Final = 256
"""Files of one artifact; ours have ten."""
MAX_FILE_BYTES: Final = 256 << 20
"""Of one file of an artifact, so that hashing it ends within a second or two."""
MAX_ARTIFACT_BYTES: Final = 1 << 30
"""Of all files of an artifact: what a pod's volume holds. Ours have some ten MiB."""

_NAMED: Final = 5
"""Unexpected files that an error names."""

Kind = Literal["preprocessor", "model", "dataset"]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")]


class FileRecord(BaseModel):
    """What one file must be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: Sha256
    size: Annotated[int, Field(ge=0, le=MAX_FILE_BYTES)]


class Manifest(Document):
    """Every file of one artifact, which kind of artifact it is."""

    max_bytes: ClassVar[int] = MAX_MANIFEST_BYTES
    kind: Kind
    files: Annotated[dict[FileName, FileRecord], Field(max_length=MAX_FILES)]

    @model_validator(mode="after")
    def _affordable(self) -> Self:
        if sum(each.size for each in self.files.values()) > MAX_ARTIFACT_BYTES:
            raise ValueError(f"its files have more than {MAX_ARTIFACT_BYTES} bytes in all")
        return self


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _content(folder: Path) -> dict[str, Path]:
    entries = islice(folder.iterdir(), MAX_FILES + len(UNNAMED) + 1)
    names = [path.name for path in entries if path.name not in UNNAMED]
    if len(names) > MAX_FILES:
        raise ArtifactCorrupt(f"{folder} holds more than {MAX_FILES} files. Publish a smaller artifact.")
    return {name: folder / name for name in names}


def seal(folder: Path, kind: Kind) -> str:
    """Write the manifest of all files in `folder`; returns the artifact's digest (64 hex digits).

    Raises:
        ArtifactCorrupt: there are too many files, they are too large to be taken by anybody, or one is none.
    """
    content = _content(folder)
    for path in content.values():
        if path.is_symlink() or not path.is_file():
            raise ArtifactCorrupt(f"{path} is no regular file. Remove it, or publish another folder.")
    sizes = {name: path.stat().st_size for name, path in content.items()}
    if max(sizes.values(), default=0) > MAX_FILE_BYTES or sum(sizes.values()) > MAX_ARTIFACT_BYTES:
        raise ArtifactCorrupt(
            f"The files in {folder} are too large: one may have {MAX_FILE_BYTES} bytes, all together "
            f"{MAX_ARTIFACT_BYTES}. Publish a smaller artifact."
        )
    records = {
        name: FileRecord(sha256=_sha256(path), size=sizes[name]) for name, path in sorted(content.items())
    }
    Manifest(kind=kind, files=records).write(folder / MANIFEST)
    return _sha256(folder / MANIFEST)


def verify(folder: Path, kind: Kind) -> str:
    """The digest of the artifact in `folder`, once every file was found to be what the manifest says.

    Raises:
        ArtifactMissing: the folder, the manifest or a file is not there.
        ArtifactCorrupt: a file differs, is not in the manifest, or the artifact is of another kind.
        UnknownSchema: the manifest's version is not understood.
    """
    if not folder.is_dir():
        raise ArtifactMissing(
            f"Pipeline file not found: no {kind} artifact at {folder}. Fetch it, or train and publish one."
        )
    manifest = Manifest.read(folder / MANIFEST)
    if manifest.kind != kind:
        raise ArtifactCorrupt(f"{folder} holds a {manifest.kind} artifact, but a {kind} is needed there.")
    content = _content(folder)
    for name, record in manifest.files.items():
        _check(folder, name, content.pop(name, None), record)
    if content:
        raise ArtifactCorrupt(
            f"{folder} holds {one_line(', '.join(sorted(content)[:_NAMED]))}, not in its manifest. "
            "Fetch it again."
        )
    return _sha256(folder / MANIFEST)


def _check(folder: Path, name: str, path: Path | None, record: FileRecord) -> None:
    if path is not None and path.is_symlink():
        raise ArtifactCorrupt(
            f"{path} is a link, which may lead elsewhere once it was checked. Fetch the artifact again."
        )
    if path is None or not path.is_file():
        raise ArtifactMissing(f"Pipeline file not found: {folder / name}. Fetch the artifact again.")
    size = path.stat().st_size
    if size != record.size:
        raise ArtifactCorrupt(
            f"{path} has {size} bytes, its manifest says {record.size}. Fetch the artifact again."
        )
    if _sha256(path) != record.sha256:
        raise ArtifactCorrupt(f"{path} differs from its manifest (SHA-256). Fetch the artifact again.")
