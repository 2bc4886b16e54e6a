"""Aliases: names that move between the versions of a collection."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from wandb_local.store.database import Database
from wandb_local.store.records import Alias, AliasMove, Collection, Membership
from wandb_local.values.clock import Clock, stamp
from wandb_local.values.names import LATEST, checked_alias


@dataclass(frozen=True, slots=True)
class AliasAdded:
    """An alias now names a version that it did not name before."""

    alias: str
    collection: Collection
    membership: Membership


Listener = Callable[[AliasAdded], None]


class Aliases:
    """Aliases, unique within their collection."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` for every alias that is added or moved, once the change is sure."""
        self._listeners.append(listener)

    def of_version(self, membership: Membership) -> list[Alias]:
        """The aliases of one version, by name."""
        return self._database.all(
            Alias, "SELECT * FROM alias WHERE membership_id = ? ORDER BY name", (membership.id,)
        )

    def of_collection(self, collection: Collection) -> list[Alias]:
        """The aliases of the collection, by name."""
        return self._database.all(
            Alias, "SELECT * FROM alias WHERE collection_id = ? ORDER BY name", (collection.id,)
        )

    def point(self, collection: Collection, membership: Membership, name: str) -> None:
        """Let the alias name this version, whatever it named before.

        Raises:
            InvalidRequestError: The name is reserved or malformed.
        """
        checked_alias(name)
        key = (collection.id, name)
        before = self._database.value(
            "SELECT membership_id FROM alias WHERE collection_id = ? AND name = ?", key
        )
        if before == membership.id:
            return
        self._database.run(
            "INSERT INTO alias (collection_id, name, membership_id) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET membership_id = excluded.membership_id",
            (*key, membership.id),
        )
        self._record(collection, name, membership.version)
        added = AliasAdded(name, collection, membership)
        for listener in self._listeners:
            self._database.after_commit(partial(listener, added))

    def remove(self, collection: Collection, membership: Membership, name: str) -> None:
        """Take the alias away from this version; one that names another version stays."""
        removed = self._database.run(
            "DELETE FROM alias WHERE collection_id = ? AND name = ? AND membership_id = ?",
            (collection.id, name, membership.id),
        )
        if removed:
            self._record(collection, name, None)

    def remove_all(self, collection: Collection, membership: Membership) -> None:
        """Take every alias away from this version, which is about to go."""
        for alias in self.of_version(membership):
            self.remove(collection, membership, alias.name)

    def history(self, collection: Collection) -> list[AliasMove]:
        """Every move of the collection's aliases, newest first."""
        return self._database.all(
            AliasMove, "SELECT * FROM alias_move WHERE collection_id = ? ORDER BY id DESC", (collection.id,)
        )

    def restore_latest(self, collection: Collection) -> None:
        """Give `latest` to the newest version left, when a deletion took it away."""
        newest = self._database.one(
            Membership,
            "SELECT * FROM membership WHERE collection_id = :id AND NOT EXISTS"
            " (SELECT 1 FROM alias WHERE collection_id = :id AND name = :latest) ORDER BY version DESC",
            {"id": collection.id, "latest": LATEST},
        )
        if newest is not None:
            self.point(collection, newest, LATEST)

    def _record(self, collection: Collection, name: str, version: int | None) -> None:
        time = stamp(self._clock())
        self._database.run(
            "INSERT INTO alias_move (collection_id, name, version, moved_at) VALUES (?, ?, ?, ?)",
            (collection.id, name, version, time),
        )
        self._database.run("UPDATE collection SET updated_at = ? WHERE id = ?", (time, collection.id))
