"""An artifact's manifest, as the SDK writes it."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wandb_local.errors import InvalidRequestError, TooLargeError
from wandb_local.limits import FILE_BYTES, MANIFEST_ENTRIES, MANIFEST_VALUES
from wandb_local.values.json_text import values_in
from wandb_local.values.names import checked_path

_TOO_MANY = f"the artifact manifest has more than {MANIFEST_ENTRIES} entries, the limit for one version"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an artifact: base64 MD5, size in bytes, and where it comes from.

    `birth_artifact` is the global id of the artifact that brought the bytes; `reference` the address of a
    file that stays outside.
    """

    name: str
    digest: str
    size: int
    birth_artifact: str | None
    reference: str | None


def entries(document: bytes) -> list[Entry]:
    """The entries of a manifest.

    Raises:
        InvalidRequestError: It is not a manifest of version 1, or a file stands in the way of another.
        TooLargeError: It has too many entries.
    """
    if values_in(document) > MANIFEST_VALUES:
        raise TooLargeError(_TOO_MANY)
    try:
        manifest = json.loads(document, object_pairs_hook=_named_once)
        contents = manifest["contents"].items()
        version = manifest["version"]
        found = [_entry(name, fields) for name, fields in contents]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = f"the artifact manifest cannot be read ({type(error).__name__}: {error})"
        raise InvalidRequestError(message) from error
    if version != 1:
        message = f"artifact manifest version {version!r} is unknown; this server knows 1"
        raise InvalidRequestError(message)
    if len(found) > MANIFEST_ENTRIES:
        raise TooLargeError(_TOO_MANY)
    _require_places(found)
    return found


def _named_once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """An object whose names come once: of two, readers disagree which one counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        message = f"{twice[:140]!r} comes twice"
        raise ValueError(message)
    return found


def _require_places(found: Sequence[Entry]) -> None:
    """Refuse a file where another needs a folder: a download would stop there."""
    # The lowest character in the place of slashes brings a name and what lies below it side by side.
    names = sorted(entry.name.replace("/", "\0") for entry in found)
    for above, below in pairwise(names):
        if below.startswith(f"{above}\0"):
            message = f"the artifact manifest has {above.replace(chr(0), '/')!r} as a file and as a folder"
            raise InvalidRequestError(message)


def digest_of(found: Iterable[Entry]) -> str:
    """The digest of an artifact with these files, as the SDK computes it (MANIFEST_MD5)."""
    digest = hashlib.md5(b"wandb-artifact-manifest-v1\n", usedforsecurity=False)
    for entry in sorted(found, key=lambda entry: entry.name):
        digest.update(f"{entry.name}:{entry.digest}\n".encode())
    return digest.hexdigest()


def _entry(name: str, fields: dict[str, object]) -> Entry:
    birth, reference = fields.get("birthArtifactID"), fields.get("ref")
    digest, size = fields["digest"], fields.get("size") or 0
    if not isinstance(digest, str) or isinstance(size, bool) or not isinstance(size, int):
        message = f"the digest or the size of {name[:140]!r} is of the wrong kind"
        raise InvalidRequestError(message)
    if not 0 <= size < FILE_BYTES:
        message = f"the size of {name[:140]!r} is {size}"
        raise InvalidRequestError(message)
    return Entry(
        name=checked_path(name),
        digest=digest,
        size=size,
        birth_artifact=birth if isinstance(birth, str) else None,
        reference=reference if isinstance(reference, str) else None,
    )
