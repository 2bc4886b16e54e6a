"""A wandb_local store filled without a client."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from wandb_local.store import Store
from wandb_local.store.artifacts.versions import Draft
from wandb_local.store.records import Artifact, Collection, CollectionKind, Project, Run

ANY_SIZE = 10**9


@dataclass
class SetClock:
    """A clock that stands still until it is moved."""

    time: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, time: timedelta) -> None:
        self.time += time


def md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def artifact_digest(files: Mapping[str, str]) -> str:
    """The digest that the SDK announces for an artifact with these MD5 sums by name."""
    lines = [f"{name}:{digest}\n" for name, digest in sorted(files.items())]
    text = "wandb-artifact-manifest-v1\n" + "".join(lines)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def upload(store: Store, blob_id: str, content: bytes, content_md5: str | None = None) -> None:
    with store.blobs.receive(ANY_SIZE) as incoming:
        incoming.write(content)
        incoming.settle()
        store.blobs.keep(blob_id, incoming, content_md5)


def sequence(store: Store, name: str = "model", project: str = "fraud") -> Collection:
    found = store.projects.ensure("acme", project)
    return store.collections.ensure(found, CollectionKind.SEQUENCE, name, "model")


def project_of(store: Store, collection: Collection) -> Project:
    return store.projects.get(collection.project_id)


def pending(
    store: Store, collection: Collection, content: bytes, *aliases: str, run: Run | None = None
) -> Artifact:
    """A version whose one file `model.bin` and manifest are uploaded, ready for the commit."""
    draft = Draft(digest=artifact_digest({"model.bin": md5(content)}), aliases=aliases)
    artifact = store.artifacts.create(collection, run, draft)
    upload(store, store.artifact_files.announce(artifact, "model.bin", md5(content)).id, content)
    entry = {"digest": md5(content), "size": len(content)}
    manifest = json.dumps({"version": 1, "contents": {"model.bin": entry}}).encode()
    upload(store, store.artifact_files.announce_manifest(artifact, md5(manifest)).blob_id, manifest)
    return artifact


def logged(
    store: Store, collection: Collection, content: bytes, *aliases: str, run: Run | None = None
) -> Artifact:
    """A committed version."""
    with store.database.transaction():
        artifact = store.artifacts.commit(pending(store, collection, content, *aliases, run=run))
        if run is not None:
            store.lineage.produced(run, artifact)
        return artifact


def names(store: Store, collection: Collection) -> dict[str, str]:
    """The collection's aliases and the versions they name."""
    versions = {place.id: f"v{place.version}" for place in store.collections.versions(collection)}
    return {alias.name: versions[alias.membership_id] for alias in store.aliases.of_collection(collection)}
