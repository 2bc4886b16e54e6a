"""Collections: the rows of versions, and finding one in them."""

from wandb_local.errors import ConflictError, NotFoundError
from wandb_local.store.database import Database
from wandb_local.store.records import Artifact, Collection, CollectionKind, Membership, Project
from wandb_local.values.clock import Clock, stamp
from wandb_local.values.names import checked_name, version_of


class Collections:
    """Collections by project and name, their versions, and the resolution of references to them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def find(self, project: Project, name: str) -> Collection | None:
        """The collection, if it exists."""
        return self._database.one(
            Collection, "SELECT * FROM collection WHERE project_id = ? AND name = ?", (project.id, name)
        )

    def named(self, project: Project, name: str) -> Collection:
        """The collection.

        Raises:
            NotFoundError: There is none of this name.
        """
        collection = self.find(project, name)
        if collection is None:
            message = f"artifact collection {project.entity}/{project.name}/{name} not found"
            raise NotFoundError(message)
        return collection

    def get(self, collection_id: int) -> Collection:
        """The collection of this row.

        Raises:
            NotFoundError: It does not exist.
        """
        collection = self._database.one(Collection, "SELECT * FROM collection WHERE id = ?", (collection_id,))
        if collection is None:
            raise NotFoundError("artifact collection not found")
        return collection

    def of_project(self, project: Project, type_name: str | None = None) -> list[Collection]:
        """The project's collections (of one type), newest first, as W&B lists them."""
        return self._database.all(
            Collection,
            "SELECT * FROM collection WHERE project_id = ? AND (? IS NULL OR type = ?) ORDER BY id DESC",
            (project.id, type_name, type_name),
        )

    def types(self, project: Project) -> list[str]:
        """The artifact types of the project, by name."""
        rows = self._database.rows(
            "SELECT DISTINCT type FROM collection WHERE project_id = ? ORDER BY type", (project.id,)
        )
        return [row["type"] for row in rows]

    def ensure(self, project: Project, kind: CollectionKind, name: str, type_name: str) -> Collection:
        """The collection, created if it is new.

        Raises:
            ConflictError: It exists with another type, or the other kind.
        """
        known = self.find(project, name)
        if known is None:
            return self._create(project, kind, name, type_name)
        if known.type != type_name:
            message = f"artifact collection {name!r} has type {known.type!r}, not {type_name!r}"
            raise ConflictError(message)
        if known.kind != kind:
            message = f"{name!r} is an {known.kind}, not an {kind}: choose another collection name"
            raise ConflictError(message)
        return known

    def _create(self, project: Project, kind: CollectionKind, name: str, type_name: str) -> Collection:
        time = stamp(self._clock())
        collection_id = self._database.insert(
            "INSERT INTO collection (project_id, kind, name, type, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                project.id,
                kind,
                checked_name(name, "artifact collection name"),
                checked_name(type_name, "artifact type"),
                time,
                time,
            ),
        )
        return self.get(collection_id)

    def describe(self, collection: Collection, description: str | None) -> Collection:
        """The collection with another description."""
        self._database.run(
            "UPDATE collection SET description = ?, updated_at = ? WHERE id = ?",
            (description, stamp(self._clock()), collection.id),
        )
        return self.get(collection.id)

    def admit(self, collection: Collection, artifact: Artifact) -> Membership:
        """The artifact's place in the collection: the next version, unless it has one already.

        Version numbers are never used twice, also not after a deletion.
        """
        known = self.place(collection, artifact)
        if known is not None:
            return known
        version = self._database.value(
            "UPDATE collection SET next_version = next_version + 1, updated_at = ? WHERE id = ?"
            " RETURNING next_version - 1",
            (stamp(self._clock()), collection.id),
        )
        self._database.run(
            "INSERT INTO membership (collection_id, artifact_id, version, created_at) VALUES (?, ?, ?, ?)",
            (collection.id, artifact.id, version, stamp(self._clock())),
        )
        return self.placed(collection, artifact)

    def place(self, collection: Collection, artifact: Artifact) -> Membership | None:
        """The artifact's place in the collection, if it has one."""
        return self._database.one(
            Membership,
            "SELECT * FROM membership WHERE collection_id = ? AND artifact_id = ?",
            (collection.id, artifact.id),
        )

    def placed(self, collection: Collection, artifact: Artifact) -> Membership:
        """The artifact's place in the collection.

        Raises:
            NotFoundError: It is not in there.
        """
        membership = self.place(collection, artifact)
        if membership is None:
            message = f"artifact {artifact.digest} is not a version of {collection.name!r}"
            raise NotFoundError(message)
        return membership

    def places(self, artifact: Artifact) -> list[Membership]:
        """Every place the artifact has: first where it was logged, then where it was linked."""
        return self._database.all(
            Membership, "SELECT * FROM membership WHERE artifact_id = ? ORDER BY id", (artifact.id,)
        )

    def versions(self, collection: Collection) -> list[Membership]:
        """The collection's versions, newest first."""
        return self._database.all(
            Membership,
            "SELECT * FROM membership WHERE collection_id = ? ORDER BY version DESC",
            (collection.id,),
        )

    def dismiss(self, membership: Membership) -> None:
        """Take a version, with its aliases, out of the collection."""
        self._database.run("DELETE FROM membership WHERE id = ?", (membership.id,))

    def resolve(self, collection: Collection, reference: str) -> Membership | None:
        """The version that `reference` names: an alias, `v<number>`, or a digest."""
        version = version_of(reference)
        if version is not None:
            return self._database.one(
                Membership,
                "SELECT * FROM membership WHERE collection_id = ? AND version = ?",
                (collection.id, version),
            )
        return self._database.one(
            Membership,
            "SELECT membership.* FROM alias JOIN membership ON membership.id = alias.membership_id"
            " WHERE alias.collection_id = :collection AND alias.name = :reference",
            {"collection": collection.id, "reference": reference},
        ) or self._database.one(
            Membership,
            "SELECT membership.* FROM membership JOIN artifact ON artifact.id = membership.artifact_id"
            " WHERE membership.collection_id = :collection"
            " AND :reference IN (artifact.digest, artifact.commit_hash)"
            " ORDER BY membership.version DESC",
            {"collection": collection.id, "reference": reference},
        )
