"""Records as files: `<id>.json`, and beside it `<id>.details.json` and `<id>.html`.

A file is written under another name, put on the disk, and then renamed: whenever a process or the machine
dies, there is the old one or the new one. Writers exclude each other by a lock on the folder.
"""

import fcntl
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from fraud_contract.documents import read_regular
from fraud_rollout.core.state.record import ID, Record, RecordUnreadable
from fraud_rollout.records.details import Details
from fraud_rollout.records.errors import RecordConflict, RecordNotSaved

_LARGEST: Final = 4 << 20
"""Bytes of a file that are read: far more than either document may have."""
_SUFFIX: Final = ".json"
_DETAILS: Final = ".details.json"


class RecordFiles:
    """A folder of records; a `RecordStore`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, record_id: str) -> Record | None:
        """The record as last saved; None if there is none.

        Raises:
            RecordUnreadable: the file is no record of this or an older version; the message names it.
        """
        if not re.fullmatch(ID, record_id):  # so that no other folder is read
            return None
        path = self.path(record_id)
        try:
            record = Record.from_json(_read(path))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RecordUnreadable(f"{path} cannot be read: {error.strerror}.") from None
        except RecordUnreadable as error:
            raise RecordUnreadable(f"{path}: {error.message}") from None
        if record.id != record_id:
            raise RecordUnreadable(f"{path}: it is the record of {record.id}. Rename it to {record.id}.json.")
        return record

    def save(self, record: Record) -> Record:
        """Save it if the file still has `record.version`, the version it was made from (0: there is no file).

        Returns the record with its new version.

        Raises:
            RecordConflict: another process saved it in between.
            RecordNotSaved: the disk is full, or the folder cannot be written to; the old file stays.
            RecordUnreadable: what is there is no record, and is not overwritten.
        """
        saved = record.model_copy(update={"version": record.version + 1})
        with self._locked():
            stored = self.load(record.id)
            version = stored.version if stored else 0
            if version != record.version:
                raise RecordConflict(
                    f"{self.path(record.id)} has version {version}, not {record.version}: another process "
                    "drives this rollout. Stop one of them."
                )
            self._write(self.path(record.id), saved.to_json())
        return saved

    def all(self) -> Sequence[Record]:
        """Every readable record, the oldest first."""
        return sorted((record for _, record in self.each() if record), key=lambda record: record.created)

    def each(self) -> Iterator[tuple[Path, Record | None]]:
        """Every file with its record; None where it cannot be read.

        Raises:
            RecordUnreadable: there is something else in the folder's place.
        """
        if self._folder.exists() and not self._folder.is_dir():
            raise RecordUnreadable(f"{self._folder} is no folder. Records are kept in one: move it away.")
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            if path.name.endswith(_DETAILS):
                continue
            try:
                yield path, Record.from_json(_read(path))
            except (RecordUnreadable, OSError):
                yield path, None

    def load_details(self, record_id: str) -> Details:
        """What was saved of the rollout's details; empty ones if nothing was, or it is unreadable."""
        try:
            return Details.model_validate_json(_read(self._folder / f"{record_id}{_DETAILS}"))
        except (OSError, RecordUnreadable, ValidationError):
            return Details()

    def save_details(self, record_id: str, details: Details) -> None:
        """Save them in the place of the former ones. Raises `RecordNotSaved`."""
        with self._locked():
            self._write(
                self._folder / f"{record_id}{_DETAILS}", details.model_dump_json(exclude_defaults=True)
            )

    def save_report(self, record_id: str, page: str) -> Path:
        """Save the report, an HTML page; returns its path. Raises `RecordNotSaved`."""
        path = self._folder / f"{record_id}.html"
        with self._locked():
            self._write(path, page)
        return path

    def path(self, record_id: str) -> Path:
        """Where the record of that id is."""
        return self._folder / f"{record_id}{_SUFFIX}"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._folder, os.O_RDONLY)
        except OSError as error:
            raise self._not_saved(self._folder, error) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _write(self, path: Path, text: str) -> None:
        """Call it with the lock held: the unfinished file has one name, and one writer."""
        unfinished = path.with_name(f".{path.name}.unfinished")
        try:
            with unfinished.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
            self._sync_folder()
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink()
            raise self._not_saved(path, error) from None

    def _sync_folder(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @staticmethod
    def _not_saved(path: Path, error: OSError) -> RecordNotSaved:
        return RecordNotSaved(
            f"{path} could not be written: {error.strerror}. What was saved before is still there. "
            "Make room, or let this user write there."
        )


def _read(path: Path) -> str:
    try:
        return read_regular(path, _LARGEST).decode()
    except UnicodeDecodeError:
        raise RecordUnreadable("Not UTF-8 text.") from None
    except ValueError as error:
        raise RecordUnreadable(f"It is {error}.") from None
