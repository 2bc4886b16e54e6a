"""Moves of aliases, and links into registries."""

from wandb_local.errors import ConflictError
from wandb_local.graph.arguments import Arguments
from wandb_local.graph.context import Graph
from wandb_local.graph.mutations.artifacts import artifact_named, project_named
from wandb_local.graph.objects.base import Object
from wandb_local.limits import ALIASES
from wandb_local.store.records import Artifact, Collection, CollectionKind, Membership
from wandb_local.values.identifiers import row_of


def _place(graph: Graph, artifact: Artifact, given: Arguments) -> tuple[Collection, Membership]:
    """The collection an alias input names, and the artifact's place in it."""
    collections = graph.store.collections
    collection = collections.named(project_named(graph, given), given.text("artifactCollectionName"))
    return collection, collections.placed(collection, artifact)


def add_aliases(graph: Graph, given: Arguments) -> Object:
    """Let aliases name the version; each leaves the version it named before."""
    artifact = artifact_named(graph, given)
    for alias in given.all_nested("aliases", ALIASES):
        collection, membership = _place(graph, artifact, alias)
        graph.store.aliases.point(collection, membership, alias.text("alias"))
    return Object("AddAliasesPayload", {"success": True})


def delete_aliases(graph: Graph, given: Arguments) -> Object:
    """Take aliases away from the version."""
    artifact = artifact_named(graph, given)
    for alias in given.all_nested("aliases", ALIASES):
        collection, membership = _place(graph, artifact, alias)
        graph.store.aliases.remove(collection, membership, alias.text("alias"))
    return Object("DeleteAliasesPayload", {"success": True})


def link_artifact(graph: Graph, given: Arguments) -> Object:
    """Put the version into a portfolio, for instance of a registry, under aliases of its own there."""
    store = graph.store
    artifact = (
        artifact_named(graph, given)
        if given.has("artifactID")
        else store.artifacts.get(store.lineage.introduced(given.text("clientID")))
    )
    source = store.collections.get(artifact.collection_id)
    if store.collections.place(source, artifact) is None:
        raise ConflictError("only a committed artifact can be linked: wait for its upload to finish")
    project = store.projects.ensure(
        given.optional_text("entityName") or graph.viewer, given.text("projectName")
    )
    portfolio = store.collections.ensure(
        project, CollectionKind.PORTFOLIO, given.text("artifactPortfolioName"), source.type
    )
    store.artifacts.place(
        portfolio, artifact, [item.text("alias") for item in given.all_nested("aliases", ALIASES)]
    )
    membership = store.collections.placed(portfolio, artifact)
    return Object(
        "LinkArtifactPayload",
        {"versionIndex": membership.version, "artifactMembership": graph.show(membership)},
    )


def unlink_artifact(graph: Graph, given: Arguments) -> Object:
    """Take the version out of a portfolio; where it was logged it stays."""
    store, artifact = graph.store, artifact_named(graph, given)
    portfolio = store.collections.get(row_of("ArtifactCollection", given.text("artifactPortfolioID")))
    if portfolio.kind != CollectionKind.PORTFOLIO:
        raise ConflictError("a version cannot be unlinked from the collection it was logged to: delete it")
    membership = store.collections.placed(portfolio, artifact)
    store.aliases.remove_all(portfolio, membership)
    store.collections.dismiss(membership)
    store.aliases.restore_latest(portfolio)
    return Object("UnlinkArtifactPayload", {"success": True})
