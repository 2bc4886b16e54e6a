"""JSON documents on disk: strict models, one canonical form, read with errors that say what to do."""

import json
import os
import stat
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, FailFast, ValidationError

from fraud_contract.errors import ArtifactCorrupt, ArtifactMissing, UnknownSchema
from fraud_contract.plain_text import excerpt
from fraud_contract.validation import problem

MAX_DOCUMENT_BYTES: Final = 8 << 20
"""Of a JSON document in an artifact: 20 times the golden rows of a full training."""

MAX_MEMBERS: Final = 1 << 14
"""Names in one object of such a document: four times as many as there are categories."""
_LARGEST: Final = (1 << 63) - 1
"""Of whole numbers."""
_TOLD: Final = 120
"""Characters of a name or value in a document that an error repeats."""

type Many[T] = Annotated[tuple[T, ...], FailFast()]
"""Values in a document. Reading ends with the first one that is wrong: what an error takes is a hundred times
the bytes that cause it."""


def canonical_json(value: object) -> bytes:
    """One byte string per value: sorted keys, no blanks, no NaN; what hashes are taken of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def write_atomically(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Put `content` at `path`: a reader meets the former content or this one, never half of it.

    By way of a file beside it, made with `mode` less the umask. Raises `OSError`.
    """
    scratch = path.with_suffix(".new")
    scratch.touch(mode)
    scratch.write_bytes(content)
    scratch.replace(path)


def read_regular(path: Path, most: int) -> bytes:
    """What the file at `path` holds, of at most `most` bytes; never waits for who writes to a pipe.

    Raises:
        OSError: it cannot be read.
        ValueError: it is larger, or no regular file.
    """
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("no regular file")
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"more than {most:,} bytes")
    return content


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_MEMBERS:
        raise ValueError(f"more than {MAX_MEMBERS:,} names in one object")
    members = dict(pairs)
    if len(members) != len(pairs):  # readers do not agree on which of two counts
        raise ValueError("a name stands twice in one object")
    return members


def _whole(digits: str) -> int:
    number = int(digits)
    if not -_LARGEST <= number <= _LARGEST:  # whoever computes with it as a float fails
        raise ValueError("a whole number of more than 64 bits")
    return number


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


class Document(BaseModel):
    """A frozen JSON document with a schema version; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_bytes: ClassVar[int] = MAX_DOCUMENT_BYTES
    schema_version: Literal[1] = 1

    @classmethod
    def read(cls, path: Path) -> Self:
        """The document at `path`.

        Raises:
            ArtifactMissing: there is no such file.
            UnknownSchema: it was written by another version of this software.
            ArtifactCorrupt: it is too large, not JSON, has a name twice, too many names in one object, or is
                not this document.
        """
        try:
            if path.stat().st_size > cls.max_bytes:
                raise ArtifactCorrupt(
                    f"{path} has more than {cls.max_bytes} bytes. Publish a smaller artifact."
                )
            content = json.loads(
                read_regular(path, cls.max_bytes),
                object_pairs_hook=_members,
                parse_int=_whole,
                parse_constant=_no_number,
            )
        except FileNotFoundError:
            raise ArtifactMissing(
                f"Pipeline file not found: {path}. Fetch the artifact again, or train and publish one."
            ) from None
        except (OSError, ValueError, RecursionError):
            raise ArtifactCorrupt(f"{path} is not readable JSON. Fetch the artifact again.") from None
        version = content.get("schema_version") if isinstance(content, dict) else None
        if version is not None and version != 1:
            raise UnknownSchema(
                f"{path} has schema version {excerpt(repr(version), _TOLD)}; this release reads version 1. "
                "Serve it with the release that published it, or publish the artifact again with this one."
            )
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the document"
            said = f"{excerpt(place, _TOLD)}: {excerpt(problem(first), 2 * _TOLD)}"
            raise ArtifactCorrupt(f"{path}: {said}. Fetch or publish the artifact again.") from None

    def write(self, path: Path) -> None:
        """Write it to `path`, sorted and indented, so that two versions can be compared by eye."""
        path.write_bytes(self._content())

    def write_atomically(self, path: Path, mode: int = 0o666) -> None:
        """As `write`; a reader meets the former document or this one, never half of it."""
        write_atomically(path, self._content(), mode)

    def _content(self) -> bytes:
        content = self.model_dump(mode="json", by_alias=True)
        return (json.dumps(content, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()
