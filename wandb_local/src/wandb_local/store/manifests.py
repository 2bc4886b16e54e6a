"""An artifact's manifest, as the SDK writes it."""

import json
from dataclasses import dataclass

from wandb_local.errors import InvalidRequestError
from wandb_local.names import checked_path


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
        InvalidRequestError: It is not a manifest of version 1.
    """
    try:
        manifest = json.loads(document)
        contents = manifest["contents"].items()
        version = manifest["version"]
        found = [_entry(name, fields) for name, fields in contents]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"the artifact manifest cannot be read ({type(error).__name__}: {error})"
        raise InvalidRequestError(message) from error
    if version != 1:
        message = f"artifact manifest version {version!r} is unknown; this server knows 1"
        raise InvalidRequestError(message)
    return found


def _entry(name: str, fields: dict[str, object]) -> Entry:
    birth, reference = fields.get("birthArtifactID"), fields.get("ref")
    return Entry(
        name=checked_path(name),
        digest=str(fields["digest"]),
        size=int(str(fields.get("size") or 0)),
        birth_artifact=birth if isinstance(birth, str) else None,
        reference=reference if isinstance(reference, str) else None,
    )
