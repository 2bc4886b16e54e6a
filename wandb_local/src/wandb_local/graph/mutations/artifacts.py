"""Changes of artifact versions."""

from wandb_local.errors import InvalidRequestError
from wandb_local.graph.arguments import Arguments
from wandb_local.graph.context import Graph
from wandb_local.graph.objects.artifacts import DIGEST_ALGORITHM
from wandb_local.graph.objects.base import Object
from wandb_local.limits import ALIASES
from wandb_local.store.artifacts.versions import NO_TTL, Draft
from wandb_local.store.records import Artifact, Collection, CollectionKind, Project, Run
from wandb_local.values.identifiers import row_of


def artifact_named(graph: Graph, given: Arguments, name: str = "artifactID") -> Artifact:
    """The artifact whose id the input names.

    Raises:
        NotFoundError: There is none.
    """
    return graph.store.artifacts.get(row_of("Artifact", given.text(name)))


def project_named(graph: Graph, given: Arguments) -> Project:
    """The project the input names.

    Raises:
        NotFoundError: There is none.
    """
    return graph.store.projects.named(
        given.optional_text("entityName") or graph.viewer, given.text("projectName")
    )


def create_artifact(graph: Graph, given: Arguments) -> Object:
    """A pending version, or the committed one that has this content already, with the aliases moved to it."""
    algorithm = given.optional_text("digestAlgorithm") or DIGEST_ALGORITHM
    if algorithm != DIGEST_ALGORITHM:
        message = f"digest algorithm {algorithm!r} is not known to this server; it knows {DIGEST_ALGORITHM}"
        raise InvalidRequestError(message)
    store = graph.store
    project = store.projects.ensure(
        given.optional_text("entityName") or graph.viewer, given.text("projectName")
    )
    collection = store.collections.ensure(
        project, CollectionKind.SEQUENCE, _collection_name(given), given.text("artifactTypeName")
    )
    run = store.runs.named(project, given.text("runName")) if given.has("runName") else None
    artifact = _known_or_created(graph, collection, run, given)
    if run is not None:
        store.lineage.produced(run, artifact)
    if given.has("clientID"):
        store.lineage.introduce(given.text("clientID"), artifact)
    return Object("CreateArtifactPayload", {"artifact": graph.show(artifact)})


def _collection_name(given: Arguments) -> str:
    names = given.texts("artifactCollectionNames")
    return names[0] if names else given.text("artifactCollectionName")


def _known_or_created(graph: Graph, collection: Collection, run: Run | None, given: Arguments) -> Artifact:
    artifacts, draft = graph.store.artifacts, _draft(given)
    known = artifacts.committed(collection, draft.digest) if given.flag("enableDigestDeduplication") else None
    if known is None:
        return artifacts.create(collection, run, draft)
    artifacts.place(collection, known, draft.aliases)
    artifacts.tag(known.id, draft.tags)
    return known


def _draft(given: Arguments) -> Draft:
    ttl = given.optional_integer("ttlDurationSeconds")
    return Draft(
        digest=given.text("digest"),
        description=given.optional_text("description"),
        metadata=given.optional_object_text("metadata"),
        ttl_seconds=NO_TTL if ttl is None else ttl,
        history_step=given.optional_integer("historyStep"),
        aliases=tuple(item.text("alias") for item in given.all_nested("aliases", ALIASES)),
        tags=tuple(item.text("tagName") for item in given.all_nested("tags", ALIASES)),
    )


def commit_artifact(graph: Graph, given: Arguments) -> Object:
    """The version, complete and numbered."""
    committed = graph.store.artifacts.commit(artifact_named(graph, given))
    return Object("CommitArtifactPayload", {"artifact": graph.show(committed)})


def use_artifact(graph: Graph, given: Arguments) -> Object:
    """The version, now among the run's inputs."""
    artifact = artifact_named(graph, given)
    run = graph.store.runs.named(project_named(graph, given), given.text("runName"))
    graph.store.lineage.used(run, artifact)
    return Object("UseArtifactPayload", {"artifact": graph.show(artifact)})


def update_artifact(graph: Graph, given: Arguments) -> Object:
    """The version with another description, metadata, time to live or tags."""
    store, artifact = graph.store, artifact_named(graph, given)
    store.artifacts.untag(
        artifact.id, [item.text("tagName") for item in given.all_nested("tagsToDelete", ALIASES)]
    )
    store.artifacts.tag(
        artifact.id, [item.text("tagName") for item in given.all_nested("tagsToAdd", ALIASES)]
    )
    updated = store.artifacts.update(
        artifact,
        description=given.optional_text("description"),
        metadata=given.optional_object_text("metadata"),
        ttl=given.optional_integer("ttlDurationSeconds"),
    )
    return Object("UpdateArtifactPayload", {"artifact": graph.show(updated)})


def delete_artifact(graph: Graph, given: Arguments) -> Object:
    """The version, out of its collections for good."""
    deleted = graph.store.artifacts.delete(
        artifact_named(graph, given), with_aliases=given.flag("deleteAliases")
    )
    return Object("DeleteArtifactPayload", {"artifact": graph.show(deleted)})
