"""The files of artifact versions, from announcement to commit."""

from wandb_local.errors import ConflictError, InvalidRequestError, NotFoundError, TooLargeError
from wandb_local.limits import MANIFEST_BYTES
from wandb_local.store.artifacts.manifests import Entry, digest_of, entries
from wandb_local.store.blobs import Blobs
from wandb_local.store.database import Database
from wandb_local.store.records import Artifact, Blob, File, Manifest
from wandb_local.values.identifiers import row_of
from wandb_local.values.names import checked_path

_FILES = (
    "SELECT artifact_file.name AS name, artifact_file.digest AS digest, artifact_file.size AS size,"
    " blob.stored_at AS updated_at, artifact_file.blob_id AS blob_id, artifact_file.reference AS reference"
    " FROM artifact_file LEFT JOIN blob ON blob.id = artifact_file.blob_id"
    " WHERE artifact_file.artifact_id = ?"
)


class _Stored:
    """The complete uploads that a pending artifact may be made of, by artifact and MD5."""

    def __init__(self, database: Database, artifact: Artifact) -> None:
        self._database = database
        self._artifact = artifact
        self._known = dict[int, dict[str, Blob]]()

    def source(self, entry: Entry) -> str | None:
        """The id of the entry's bytes; None for a reference.

        Raises:
            ConflictError: They were never uploaded completely.
            InvalidRequestError: They are not as many as the manifest says.
        """
        if entry.reference is not None:
            return None
        birth = row_of("Artifact", entry.birth_artifact) if entry.birth_artifact else self._artifact.id
        blob = self._of(self._artifact.id).get(entry.digest) or self._of(birth).get(entry.digest)
        if blob is None:
            message = f"file {entry.name!r} was never uploaded completely: upload it before the commit"
            raise ConflictError(message)
        if blob.size != entry.size:
            message = f"file {entry.name!r} has {blob.size} bytes, the manifest says {entry.size}"
            raise InvalidRequestError(message)
        return blob.id

    def _of(self, artifact_id: int) -> dict[str, Blob]:
        if artifact_id not in self._known:
            blobs = self._database.all(
                Blob,
                "SELECT blob.* FROM upload JOIN blob ON blob.id = upload.blob_id"
                " WHERE artifact_id = :artifact AND stored_at IS NOT NULL"
                " UNION ALL SELECT blob.* FROM artifact_file JOIN blob ON blob.id = artifact_file.blob_id"
                " WHERE artifact_id = :artifact AND stored_at IS NOT NULL",
                {"artifact": artifact_id},
            )
            self._known[artifact_id] = {blob.md5: blob for blob in blobs if blob.md5 is not None}
        return self._known[artifact_id]


class ArtifactFiles:
    """Uploads and manifests of pending artifacts, and the files of committed ones."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def announce(self, artifact: Artifact, name: str, digest: str) -> Blob:
        """The blob for a file that is about to be uploaded; the same one when it is announced again."""
        known = self._database.one(
            Blob,
            "SELECT blob.* FROM upload JOIN blob ON blob.id = upload.blob_id"
            " WHERE artifact_id = ? AND name = ? AND digest = ?",
            (artifact.id, name, digest),
        )
        if known is not None:
            return known
        blob_id = self._blobs.announce(expected_md5=digest)
        self._database.run(
            "INSERT INTO upload (artifact_id, name, digest, blob_id) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET digest = excluded.digest, blob_id = excluded.blob_id",
            (artifact.id, checked_path(name), digest, blob_id),
        )
        return self._blobs.get(blob_id)

    def announce_manifest(self, artifact: Artifact, digest: str | None) -> Manifest:
        """A new manifest of the artifact, to be uploaded; the last one announced counts."""
        manifest_id = self._database.insert(
            "INSERT INTO manifest (artifact_id, blob_id) VALUES (?, ?)",
            (artifact.id, self._blobs.announce(expected_md5=digest)),
        )
        return self.manifest_row(manifest_id)

    def manifest_row(self, manifest_id: int) -> Manifest:
        """The manifest of this row.

        Raises:
            NotFoundError: It does not exist.
        """
        manifest = self._database.one(Manifest, "SELECT * FROM manifest WHERE id = ?", (manifest_id,))
        if manifest is None:
            raise NotFoundError("artifact manifest not found")
        return manifest

    def expect(self, manifest: Manifest, digest: str) -> None:
        """Take only bytes with this MD5 sum as the manifest.

        Raises:
            ConflictError: Others were uploaded already.
            InvalidRequestError: It is not an MD5 sum in base64.
        """
        blob = self._blobs.get(manifest.blob_id)
        if blob.md5 not in {None, digest}:
            message = f"the uploaded manifest's MD5 is {blob.md5}, the announced digest says {digest}"
            raise ConflictError(message)
        self._blobs.expect(blob, digest)

    def manifest(self, artifact: Artifact) -> Manifest | None:
        """The artifact's manifest."""
        return self._database.one(
            Manifest, "SELECT * FROM manifest WHERE artifact_id = ? ORDER BY id DESC", (artifact.id,)
        )

    def settle(self, artifact: Artifact) -> tuple[int, int]:
        """Read the uploaded manifest and bind every entry to its bytes; their number and total size.

        Raises:
            ConflictError: The manifest or a file it names was never uploaded completely.
            InvalidRequestError: The manifest cannot be read, or is not that of the announced digest.
            TooLargeError: The manifest is too large.
        """
        manifest = self.manifest(artifact)
        if manifest is None or self._blobs.get(manifest.blob_id).stored_at is None:
            raise ConflictError("the artifact has no manifest: upload it before the commit")
        if self._blobs.get(manifest.blob_id).size > MANIFEST_BYTES:
            message = f"the artifact manifest exceeds {MANIFEST_BYTES} bytes, the limit for one"
            raise TooLargeError(message)
        contents = entries(self._blobs.stored_path(manifest.blob_id).read_bytes())
        stored = _Stored(self._database, artifact)
        rows = [
            (artifact.id, entry.name, entry.digest, entry.size, stored.source(entry), entry.reference)
            for entry in contents
        ]
        computed = digest_of(contents)
        if computed != artifact.digest:
            announced = f"{artifact.digest[:60]!r} was announced"
            message = f"the artifact's digest is {computed} by its manifest, {announced}"
            raise InvalidRequestError(message)
        self._database.many(
            "INSERT INTO artifact_file (artifact_id, name, digest, size, blob_id, reference)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )
        return len(contents), sum(entry.size for entry in contents)

    def of_artifact(self, artifact: Artifact) -> list[File]:
        """The files of a committed artifact, by name."""
        return self._database.all(File, f"{_FILES} ORDER BY artifact_file.name", (artifact.id,))

    def by_digest(self, artifact_id: int, digest: str) -> str | None:
        """The blob with this MD5 sum (base64) among the artifact's files."""
        blob_id = self._database.value(
            "SELECT blob_id FROM artifact_file WHERE artifact_id = ? AND digest = ? AND blob_id IS NOT NULL",
            (artifact_id, digest),
        )
        return None if blob_id is None else str(blob_id)

    def forget(self, artifact: Artifact) -> None:
        """Let go of a deleted artifact's files; bytes that nothing else uses are removed."""
        for table in ("artifact_file", "upload", "manifest"):
            self._database.run(f"DELETE FROM {table} WHERE artifact_id = ?", (artifact.id,))  # noqa: S608 - fixed names
        self._blobs.discard_orphans()
