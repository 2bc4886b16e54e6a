"""Artifacts, collections and their files as the protocol shows them."""

from functools import partial
from mimetypes import guess_type

from wandb_local.errors import InvalidRequestError
from wandb_local.graph.arguments import Arguments
from wandb_local.graph.context import Graph, connection, edge, positions
from wandb_local.graph.objects.base import Field, Object, method
from wandb_local.store.filters import matches, ordered, parsed
from wandb_local.store.records import Alias, Artifact, ArtifactType, Collection, File, Manifest, Membership
from wandb_local.values.identifiers import global_id
from wandb_local.values.names import LATEST

DIGEST_ALGORITHM = "MANIFEST_MD5"
"""How the SDK computes an artifact's digest when the server does not offer XXH128."""


def alias_object(graph: Graph, alias: Alias) -> Object:
    """An alias and the collection it belongs to."""
    return Object(
        "ArtifactAlias",
        {
            "id": global_id("ArtifactAlias", f"{alias.collection_id}:{alias.name}"),
            "alias": alias.name,
            "artifactCollection": lambda: graph.show(graph.store.collections.get(alias.collection_id)),
        },
    )


def tag_object(name: str) -> Object:
    """A tag."""
    return Object("Tag", {"id": global_id("Tag", name), "name": name})


def collection_object(graph: Graph, collection: Collection) -> Object:
    """A collection with its versions and aliases."""
    store = graph.store
    return Object(
        collection.kind,
        {
            "id": global_id("ArtifactCollection", collection.id),
            "name": collection.name,
            "state": "READY",
            "description": collection.description,
            "createdAt": collection.created_at,
            "updatedAt": collection.updated_at,
            "digestAlgorithm": DIGEST_ALGORITHM,
            "project": lambda: graph.show(store.projects.get(collection.project_id)),
            "defaultArtifactType": lambda: graph.show(ArtifactType(collection.project_id, collection.type)),
            "tags": connection([], total=0, end=0),
            "aliases": graph.connection(lambda _: store.aliases.of_collection(collection)),
            "latestArtifact": lambda: _latest(graph, collection),
            "artifacts": method(
                lambda a: _versions(graph, collection, a), "after", "first", "order", "filters"
            ),
            "artifactMembership": method(
                lambda a: graph.show_optional(store.collections.resolve(collection, a.text("aliasName"))),
                "aliasName",
            ),
        },
    )


def _latest(graph: Graph, collection: Collection) -> Object | None:
    membership = graph.store.collections.resolve(collection, LATEST)
    return None if membership is None else graph.show(graph.store.artifacts.get(membership.artifact_id))


def _versions(graph: Graph, collection: Collection, arguments: Arguments) -> Object:
    """A page of the collection's versions, each edge with its version there; newest first unless ordered."""
    condition, budget = parsed(arguments.optional_text("filters")), graph.store.database.budget
    field = partial(_version_field, graph)
    versions = [
        membership
        for membership in graph.store.collections.versions(collection)
        if matches(condition, partial(field, membership), budget)
    ]
    versions = ordered(versions, arguments.optional_text("order"), field, budget)
    shown = positions(arguments, len(versions))
    edges = [
        edge(
            graph.show(graph.store.artifacts.get(versions[position].artifact_id)),
            position + 1,
            version=f"v{versions[position].version}",
        )
        for position in shown
    ]
    return connection(edges, total=len(versions), end=shown.stop)


def _version_field(graph: Graph, membership: Membership, key: str) -> object:
    """What versions can be filtered and ordered by."""
    artifact = graph.store.artifacts.get(membership.artifact_id)
    fields = {
        "state": artifact.state,
        "digest": artifact.digest,
        "created_at": artifact.created_at,
        "createdAt": artifact.created_at,
        "updated_at": artifact.updated_at,
        "updatedAt": artifact.updated_at,
        "version_index": membership.version,
        "versionIndex": membership.version,
        "size": artifact.size,
    }
    if key in {"tag", "tags"}:
        return graph.store.artifacts.tags(artifact)
    if key in {"alias", "aliases"}:
        return [alias.name for alias in graph.store.aliases.of_version(membership)]
    if key not in fields:
        message = f"artifact versions cannot be filtered or ordered by {key!r}"
        raise InvalidRequestError(message)
    return fields[key]


def membership_object(graph: Graph, membership: Membership) -> Object:
    """A version's place in a collection."""
    store = graph.store
    artifact = store.artifacts.get(membership.artifact_id)
    return Object(
        "ArtifactCollectionMembership",
        {
            "id": global_id("ArtifactCollectionMembership", membership.id),
            "versionIndex": membership.version,
            "createdAt": membership.created_at,
            "aliases": lambda: [graph.show(alias) for alias in store.aliases.of_version(membership)],
            "artifactCollection": lambda: graph.show(store.collections.get(membership.collection_id)),
            "artifact": lambda: graph.show(artifact),
            "files": graph.connection(lambda a: _files(graph, artifact, a), "names"),
        },
    )


def artifact_object(graph: Graph, artifact: Artifact) -> Object:
    """An artifact version."""
    return Object(
        "Artifact",
        {
            "id": global_id("Artifact", artifact.id),
            "digest": artifact.digest,
            "digestAlgorithm": DIGEST_ALGORITHM,
            "state": str(artifact.state),
            "description": artifact.description,
            "metadata": artifact.metadata,
            "ttlDurationSeconds": artifact.ttl_seconds,
            "ttlIsInherited": True,
            "historyStep": artifact.history_step,
            "size": artifact.size,
            "fileCount": artifact.file_count,
            "commitHash": artifact.commit_hash,
            "createdAt": artifact.created_at,
            "updatedAt": artifact.updated_at,
            "tags": lambda: [tag_object(name) for name in graph.store.artifacts.tags(artifact)],
            **_relations(graph, artifact),
        },
    )


def _relations(graph: Graph, artifact: Artifact) -> dict[str, Field]:
    store = graph.store
    sequence = store.collections.get(artifact.collection_id)
    place = store.collections.place(sequence, artifact)
    return {
        "versionIndex": None if place is None else place.version,
        "artifactSequence": lambda: graph.show(sequence),
        "artifactType": lambda: graph.show(ArtifactType(sequence.project_id, sequence.type)),
        "aliases": lambda: [
            graph.show(alias)
            for membership in store.collections.places(artifact)
            for alias in store.aliases.of_version(membership)
        ],
        "artifactMemberships": graph.connection(lambda _: store.collections.places(artifact)),
        "currentManifest": lambda: graph.show_optional(store.artifact_files.manifest(artifact)),
        "createdBy": lambda: graph.show_optional(store.runs.find_row(artifact.run_id)),
        "usedBy": graph.connection(lambda _: [store.runs.get(row) for row in store.lineage.users(artifact)]),
        "files": graph.connection(lambda a: _files(graph, artifact, a), "names"),
    }


def _files(graph: Graph, artifact: Artifact, arguments: Arguments) -> list[File]:
    names = set(arguments.texts("names"))
    return [
        file for file in graph.store.artifact_files.of_artifact(artifact) if not names or file.name in names
    ]


def manifest_object(graph: Graph, manifest: Manifest) -> Object:
    """An artifact's manifest, which is a file too."""
    blob = graph.store.blobs.get(manifest.blob_id)
    headers = [f"Content-MD5:{blob.expected_md5}"] if blob.expected_md5 else []
    return Object(
        "ArtifactManifest",
        {
            "id": global_id("ArtifactManifest", manifest.id),
            "file": Object(
                "File",
                {
                    "id": global_id("File", blob.id),
                    "directUrl": lambda: graph.links.download(blob.id),
                    "uploadUrl": lambda: graph.links.upload(blob.id),
                    "uploadHeaders": headers,
                },
            ),
        },
    )


def file_object(graph: Graph, file: File) -> Object:
    """A file of a run or an artifact, with the addresses of its bytes; a reference is its own address."""
    return Object(
        "File",
        {
            "id": global_id("File", file.blob_id or file.name),
            "name": file.name,
            "displayName": file.name,
            "url": method(lambda a: _url(graph, file, upload=a.flag("upload")), "upload"),
            "directUrl": lambda: _url(graph, file, upload=False),
            "uploadUrl": lambda: _url(graph, file, upload=True),
            "sizeBytes": file.size,
            "storagePath": file.blob_id or "",
            "mimetype": guess_type(file.name)[0] or "application/octet-stream",
            "updatedAt": file.updated_at,
            "md5": file.digest,
            "digest": file.digest,
        },
    )


def _url(graph: Graph, file: File, *, upload: bool) -> str | None:
    if file.blob_id is None:
        return file.reference
    return graph.links.upload(file.blob_id) if upload else graph.links.download(file.blob_id)
