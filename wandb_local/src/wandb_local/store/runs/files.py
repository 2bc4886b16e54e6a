"""The files a run saved."""

from wandb_local.store.blobs import Blobs
from wandb_local.store.database import Database
from wandb_local.store.records import File, Run
from wandb_local.values.names import checked_path

_FILES = (
    "SELECT run_file.name AS name, blob.md5 AS digest, blob.size AS size, blob.stored_at AS updated_at,"
    " blob.id AS blob_id, NULL AS reference FROM run_file JOIN blob ON blob.id = run_file.blob_id"
    " WHERE run_file.run_id = ?"
)


class RunFiles:
    """Files by run and name; a later upload replaces an earlier one."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def announce(self, run: Run, name: str) -> File:
        """The file, ready to be uploaded (again)."""
        known = self._database.one(File, f"{_FILES} AND run_file.name = ?", (run.id, name))
        if known is not None:
            return known
        blob_id = self._blobs.announce(expected_md5=None)
        self._database.run(
            "INSERT INTO run_file (run_id, name, blob_id) VALUES (?, ?, ?)",
            (run.id, checked_path(name), blob_id),
        )
        return File(name=name, digest=None, size=0, updated_at=None, blob_id=blob_id, reference=None)

    def of_run(self, run: Run) -> list[File]:
        """The files that were uploaded completely, by name."""
        return self._database.all(
            File, f"{_FILES} AND blob.stored_at IS NOT NULL ORDER BY run_file.name", (run.id,)
        )
