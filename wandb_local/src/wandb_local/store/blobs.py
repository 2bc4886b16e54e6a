"""Bytes on disk, written whole or not at all."""

import base64
import errno
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from wandb_local.clock import Clock, stamp
from wandb_local.errors import InvalidRequestError, NotFoundError, StorageFullError, TooLargeError
from wandb_local.records import Blob
from wandb_local.store.database import Database

_BLOB_ID = re.compile(r"[0-9a-f]{32}")
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def md5_text(digest: bytes) -> str:
    """An MD5 sum as W&B and the Content-MD5 header write it."""
    return base64.b64encode(digest).decode()


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
    """An upload on its way: hashed while it is written to a file that nobody can read yet."""

    path: Path
    limit: int
    size: int = 0
    md5: str | None = None
    _hash: "hashlib._Hash" = field(default_factory=lambda: hashlib.md5(usedforsecurity=False))

    def __enter__(self) -> Self:
        """Open the file."""
        self._file = self.path.open("wb")
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
        self._incoming.mkdir(parents=True, exist_ok=True)
        for leftover in self._incoming.iterdir():
            leftover.unlink()

    def announce(self, expected_md5: str | None) -> str:
        """A new blob's id, to be uploaded later; with `expected_md5` only these bytes are taken."""
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

    def receive(self, limit: int) -> Incoming:
        """A place for an upload of at most `limit` bytes."""
        return Incoming(self._incoming / secrets.token_hex(16), limit)

    def keep(self, blob_id: str, incoming: Incoming, content_md5: str | None) -> None:
        """Make a settled upload the blob's content.

        Raises:
            InvalidRequestError: The bytes are not those that were announced.
        """
        blob, md5 = self.get(blob_id), incoming.md5
        for source, expected in (("Content-MD5", content_md5), ("announced digest", blob.expected_md5)):
            if expected is not None and expected != md5:
                message = f"the upload's MD5 is {md5}, the {source} says {expected}: send the file again"
                raise InvalidRequestError(message)
        path = self.path(blob_id)
        path.parent.mkdir(exist_ok=True)
        incoming.path.replace(path)
        self._database.run(
            "UPDATE blob SET md5 = ?, size = ?, stored_at = ? WHERE id = ?",
            (md5, incoming.size, stamp(self._clock()), blob_id),
        )

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
