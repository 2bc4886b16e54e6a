"""Bytes on disk, written whole or not at all."""

import base64
import errno
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from wandb_local.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    StorageFullError,
    TooLargeError,
)
from wandb_local.store.database import Database
from wandb_local.store.records import Blob
from wandb_local.values.clock import Clock, stamp

_BLOB_ID = re.compile(r"[0-9a-f]{32}")
_MD5 = re.compile(r"[A-Za-z0-9+/]{21}[AQgw]==")
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def md5_text(digest: bytes) -> str:
    """An MD5 sum as W&B and the Content-MD5 header write it."""
    return base64.b64encode(digest).decode()


def checked_md5(text: str, what: str) -> str:
    """`text`, which is an MD5 sum in base64.

    Raises:
        InvalidRequestError: It is not.
    """
    if not _MD5.fullmatch(text):
        message = f"{what} must be an MD5 sum in base64, got {text[:60]!r}"
        raise InvalidRequestError(message)
    return text


@contextmanager
def _naming_a_full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK_FULL:
            raise
        message = "the disk under the data directory is full: free space and send the file again"
        raise StorageFullError(message) from error


@dataclass
class Incoming:
    """An upload on its way: hashed while it is written to a file that no route serves yet."""

    path: Path
    limit: int
    size: int = 0
    md5: str | None = None
    _hash: "hashlib._Hash" = field(default_factory=lambda: hashlib.md5(usedforsecurity=False))

    def __enter__(self) -> Self:
        """Open the file, for this user only.

        Raises:
            StorageFullError: The disk is full.
        """
        with _naming_a_full_disk():
            self._file = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        return self

    def write(self, chunk: bytes) -> None:
        """Append `chunk`.

        Raises:
            TooLargeError: The upload has outgrown the limit.
            StorageFullError: The disk is full.
        """
        self.size += len(chunk)
        if self.size > self.limit:
            message = f"the upload exceeds {self.limit} bytes, the limit for one file"
            raise TooLargeError(message)
        self._hash.update(chunk)
        with _naming_a_full_disk():
            self._file.write(chunk)

    def settle(self) -> None:
        """Bring every byte to the disk, which may take a while, and set `md5`.

        Raises:
            StorageFullError: The disk is full.
        """
        with _naming_a_full_disk():
            self._file.flush()
            os.fsync(self._file.fileno())
        self.md5 = md5_text(self._hash.digest())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file and remove what did not become a blob."""
        with suppress(OSError):  # what could not be written before cannot be now, and is thrown away
            self._file.close()
        self.path.unlink(missing_ok=True)


class Blobs:
    """The files under `<data>/blobs`, named by random ids, and the rows that say what they are."""

    def __init__(self, database: Database, root: Path, clock: Clock) -> None:
        self._database = database
        self._root = root
        self._incoming = root / "incoming"
        self._clock = clock
        for folder in (root, self._incoming):
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
        for leftover in self._incoming.iterdir():
            leftover.unlink()

    def announce(self, expected_md5: str | None) -> str:
        """A new blob's id, to be uploaded later; with `expected_md5` only these bytes are taken.

        Raises:
            InvalidRequestError: `expected_md5` is not an MD5 sum in base64.
        """
        if expected_md5 is not None:
            checked_md5(expected_md5, "the announced digest")
        blob_id = secrets.token_hex(16)
        self._database.run("INSERT INTO blob (id, expected_md5) VALUES (?, ?)", (blob_id, expected_md5))
        return blob_id

    def get(self, blob_id: str) -> Blob:
        """The blob's row.

        Raises:
            NotFoundError: No such blob was announced.
        """
        blob = self._database.one(Blob, "SELECT * FROM blob WHERE id = ?", (blob_id,))
        if blob is None:
            raise NotFoundError("no such file: ask for a new URL")
        return blob

    def expect(self, blob: Blob, md5: str) -> None:
        """Take only these bytes from now on.

        Raises:
            InvalidRequestError: `md5` is not an MD5 sum in base64.
        """
        checked_md5(md5, "the announced digest")
        self._database.run("UPDATE blob SET expected_md5 = ? WHERE id = ?", (md5, blob.id))

    def receive(self, limit: int, announced: int | None = None) -> Incoming:
        """A place for an upload of at most `limit` bytes, of which the caller has announced so many.

        Raises:
            TooLargeError: They are more than the limit.
            StorageFullError: The disk has no room for them.
        """
        if announced is not None and announced > limit:
            message = f"the upload exceeds {limit} bytes, the limit for one file"
            raise TooLargeError(message)
        if announced is not None and announced > shutil.disk_usage(self._incoming).free:
            message = f"the disk under the data directory has no room for {announced} bytes: free space"
            raise StorageFullError(message)
        return Incoming(self._incoming / secrets.token_hex(16), limit)

    def keep(self, blob_id: str, incoming: Incoming, content_md5: str | None) -> None:
        """Make a settled upload the blob's content.

        What belongs to an artifact stays as it is once it is there: the same bytes again change nothing.

        Raises:
            InvalidRequestError: The bytes are not those that were announced.
            ConflictError: The blob is part of a committed artifact, with other bytes.
        """
        blob, md5 = self.get(blob_id), incoming.md5
        for source, expected in (("Content-MD5", content_md5), ("announced digest", blob.expected_md5)):
            if expected is not None and expected != md5:
                message = f"the upload's MD5 is {md5}, the {source} says {expected}: send the file again"
                raise InvalidRequestError(message)
        if blob.stored_at is not None and (blob.expected_md5 is not None or self._committed(blob)):
            if blob.md5 != md5:
                raise ConflictError("the file is part of a committed version, which never changes")
            return
        with _naming_a_full_disk():
            self._replace(self.path(blob_id), incoming)
        self._database.run(
            "UPDATE blob SET md5 = ?, size = ?, stored_at = ? WHERE id = ?",
            (md5, incoming.size, stamp(self._clock()), blob_id),
        )

    def _committed(self, blob: Blob) -> bool:
        return bool(
            self._database.value(
                "SELECT EXISTS (SELECT 1 FROM artifact_file WHERE blob_id = :blob) OR EXISTS"
                " (SELECT 1 FROM manifest JOIN artifact ON artifact.id = manifest.artifact_id"
                " WHERE manifest.blob_id = :blob AND artifact.state != 'PENDING')",
                {"blob": blob.id},
            )
        )

    def _replace(self, path: Path, incoming: Incoming) -> None:
        """Put the upload in its place; what was there returns if the transaction fails."""
        path.parent.mkdir(mode=0o700, exist_ok=True)
        if path.exists():
            former = incoming.path.with_name(f"{incoming.path.name}.former")
            path.rename(former)
            self._database.after_rollback(partial(former.rename, path))
            self._database.after_commit(partial(former.unlink, missing_ok=True))
        else:
            self._database.after_rollback(partial(path.unlink, missing_ok=True))
        incoming.path.replace(path)

    def path(self, blob_id: str) -> Path:
        """Where the blob's bytes are or will be.

        Raises:
            NotFoundError: `blob_id` is not the form of an id, so it names nothing.
        """
        if not _BLOB_ID.fullmatch(blob_id):
            raise NotFoundError("no such file: ask for a new URL")
        return self._root / blob_id[:2] / blob_id

    def stored_path(self, blob_id: str) -> Path:
        """Where the blob's complete bytes are.

        Raises:
            NotFoundError: The upload has not finished, or no such blob was announced.
        """
        path = self.path(blob_id)
        if self.get(blob_id).stored_at is None:
            raise NotFoundError("this file was never uploaded completely")
        return path

    def discard_orphans(self) -> None:
        """Remove blobs that no run, artifact, manifest or announced upload refers to."""
        orphans = self._database.rows(
            "SELECT id FROM blob WHERE id NOT IN (SELECT blob_id FROM run_file)"
            " AND id NOT IN (SELECT blob_id FROM upload) AND id NOT IN (SELECT blob_id FROM manifest)"
            " AND id NOT IN (SELECT blob_id FROM artifact_file WHERE blob_id IS NOT NULL)"
        )
        for row in orphans:
            self._database.run("DELETE FROM blob WHERE id = ?", (row["id"],))
            self._database.after_commit(partial(self.path(row["id"]).unlink, missing_ok=True))
