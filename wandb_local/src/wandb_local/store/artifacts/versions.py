"""Artifact versions: from creation to commit to deletion."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from wandb_local.errors import ConflictError, NotFoundError
from wandb_local.store.artifacts.aliases import Aliases
from wandb_local.store.artifacts.collections import Collections
from wandb_local.store.artifacts.files import ArtifactFiles
from wandb_local.store.database import Database
from wandb_local.store.records import Artifact, ArtifactState, Collection, Run
from wandb_local.values.clock import Clock, stamp
from wandb_local.values.names import LATEST, checked_alias, checked_name

NO_TTL = -2
"""How the protocol says that a version is kept for ever; the SDK insists on an integer."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a client says about a version it is about to log; `metadata` is a JSON object as text."""

    digest: str
    description: str | None = None
    metadata: str | None = None
    ttl_seconds: int = NO_TTL
    history_step: int | None = None
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class Artifacts:
    """Artifact versions by row, with the rules of their life."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        collections: Collections,
        aliases: Aliases,
        files: ArtifactFiles,
    ) -> None:
        self._database = database
        self._clock = clock
        self._collections = collections
        self._aliases = aliases
        self._files = files

    def get(self, artifact_id: int) -> Artifact:
        """The artifact of this row, also when it was deleted.

        Raises:
            NotFoundError: It does not exist.
        """
        artifact = self._database.one(Artifact, "SELECT * FROM artifact WHERE id = ?", (artifact_id,))
        if artifact is None:
            raise NotFoundError("artifact not found")
        return artifact

    def committed(self, collection: Collection, digest: str) -> Artifact | None:
        """The newest committed version of the sequence with this content."""
        return self._database.one(
            Artifact,
            "SELECT * FROM artifact WHERE collection_id = ? AND digest = ? AND state = ? ORDER BY id DESC",
            (collection.id, digest, ArtifactState.COMMITTED),
        )

    def create(self, collection: Collection, run: Run | None, draft: Draft) -> Artifact:
        """A pending version of the sequence.

        Raises:
            InvalidRequestError: An alias or tag is malformed.
        """
        aliases = [checked_alias(alias) for alias in draft.aliases]
        time = stamp(self._clock())
        artifact_id = self._database.insert(
            "INSERT INTO artifact (collection_id, run_id, digest, state, description, metadata, ttl_seconds,"
            " history_step, wanted_aliases, commit_hash, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                collection.id,
                None if run is None else run.id,
                draft.digest,
                ArtifactState.PENDING,
                draft.description,
                draft.metadata,
                draft.ttl_seconds,
                draft.history_step,
                json.dumps(aliases),
                secrets.token_hex(10),
                time,
                time,
            ),
        )
        self.tag(artifact_id, draft.tags)
        return self.get(artifact_id)

    def commit(self, artifact: Artifact) -> Artifact:
        """The artifact as the next version of its sequence, with its aliases and `latest`.

        Raises:
            ConflictError: It was deleted, or its manifest or files are not there.
            InvalidRequestError: The manifest cannot be read.
        """
        if artifact.state == ArtifactState.COMMITTED:
            return artifact
        if artifact.state == ArtifactState.DELETED:
            raise ConflictError("the artifact was deleted: log it again")
        file_count, size = self._files.settle(artifact)
        self._database.run(
            "UPDATE artifact SET state = ?, file_count = ?, size = ?, updated_at = ? WHERE id = ?",
            (ArtifactState.COMMITTED, file_count, size, stamp(self._clock()), artifact.id),
        )
        self.place(
            self._collections.get(artifact.collection_id), artifact, json.loads(artifact.wanted_aliases)
        )
        return self.get(artifact.id)

    def place(self, collection: Collection, artifact: Artifact, aliases: Iterable[str]) -> None:
        """Give the artifact its version in the collection, and let `aliases` and `latest` name it."""
        membership = self._collections.admit(collection, artifact)
        for alias in dict.fromkeys((*aliases, LATEST)):
            self._aliases.point(collection, membership, alias)

    def update(
        self, artifact: Artifact, *, description: str | None, metadata: str | None, ttl: int | None
    ) -> Artifact:
        """The artifact with what is not None replaced."""
        self._database.run(
            "UPDATE artifact SET description = coalesce(?, description), metadata = coalesce(?, metadata),"
            " ttl_seconds = coalesce(?, ttl_seconds), updated_at = ? WHERE id = ?",
            (description, metadata, ttl, stamp(self._clock()), artifact.id),
        )
        return self.get(artifact.id)

    def delete(self, artifact: Artifact, *, with_aliases: bool) -> Artifact:
        """The artifact, deleted: out of every collection, its bytes gone, its number never given again.

        Raises:
            ConflictError: It has aliases, and `with_aliases` is not set.
        """
        places = self._collections.places(artifact)
        aliases = [alias.name for place in places for alias in self._aliases.of_version(place)]
        if aliases and not with_aliases:
            message = (
                f"cannot delete an artifact version that has aliases ({', '.join(aliases)}):"
                " remove them first, or delete with delete_aliases=True"
            )
            raise ConflictError(message)
        for place in places:
            self._aliases.remove_all(self._collections.get(place.collection_id), place)
        self._database.run("DELETE FROM membership WHERE artifact_id = ?", (artifact.id,))
        self._database.run(
            "UPDATE artifact SET state = ?, updated_at = ? WHERE id = ?",
            (ArtifactState.DELETED, stamp(self._clock()), artifact.id),
        )
        self._files.forget(artifact)
        for place in places:
            self._aliases.restore_latest(self._collections.get(place.collection_id))
        return self.get(artifact.id)

    def tags(self, artifact: Artifact) -> list[str]:
        """The artifact's tags, by name."""
        rows = self._database.rows(
            "SELECT name FROM artifact_tag WHERE artifact_id = ? ORDER BY name", (artifact.id,)
        )
        return [row["name"] for row in rows]

    def tag(self, artifact_id: int, tags: Iterable[str]) -> None:
        """Add tags.

        Raises:
            InvalidRequestError: One is malformed.
        """
        self._database.many(
            "INSERT INTO artifact_tag (artifact_id, name) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [(artifact_id, checked_name(tag, "tag")) for tag in tags],
        )

    def untag(self, artifact_id: int, tags: Iterable[str]) -> None:
        """Remove tags."""
        self._database.many(
            "DELETE FROM artifact_tag WHERE artifact_id = ? AND name = ?",
            [(artifact_id, tag) for tag in tags],
        )
