"""The GraphQL half of the protocol."""

from collections.abc import Mapping

from wandb_local.graph.context import Builder, Graph, Links
from wandb_local.graph.execution import Request
from wandb_local.graph.mutations.root import mutation_root
from wandb_local.graph.objects.artifacts import (
    alias_object,
    artifact_object,
    collection_object,
    file_object,
    manifest_object,
    membership_object,
)
from wandb_local.graph.objects.projects import artifact_type_object, project_object
from wandb_local.graph.objects.runs import run_object
from wandb_local.graph.queries import query_root
from wandb_local.store import Store
from wandb_local.store.records import (
    Alias,
    Artifact,
    ArtifactType,
    Collection,
    File,
    Manifest,
    Membership,
    Project,
    Run,
)

__all__ = ["Links", "Request", "answer"]

_BUILDERS: Mapping[type, Builder] = {
    Alias: alias_object,
    Artifact: artifact_object,
    ArtifactType: artifact_type_object,
    Collection: collection_object,
    File: file_object,
    Manifest: manifest_object,
    Membership: membership_object,
    Project: project_object,
    Run: run_object,
}


def answer(request: Request, store: Store, links: Links, viewer: str) -> dict[str, object]:
    """The data a request selects, within the caller's transaction.

    Raises:
        RequestError: It cannot be answered.
    """
    graph = Graph(store, links, viewer, _BUILDERS)
    root = mutation_root(graph) if request.is_mutation else query_root(graph)
    return request.answer(root, store.database.budget)
