"""Changes of collections."""

from wandb_local.errors import InvalidRequestError
from wandb_local.graph.arguments import Arguments
from wandb_local.graph.context import Graph
from wandb_local.graph.objects.base import Object
from wandb_local.values.identifiers import row_of


def update_collection(graph: Graph, given: Arguments, *, identifier: str) -> Object:
    """The collection with another description; its id is in the input field `identifier`."""
    collection = graph.store.collections.get(row_of("ArtifactCollection", given.text(identifier)))
    name = given.optional_text("name")
    if name is not None and name != collection.name:
        raise InvalidRequestError("this server does not rename collections: log to a new one")
    described = graph.store.collections.describe(collection, given.optional_text("description"))
    return Object("UpdateCollectionPayload", {"artifactCollection": graph.show(described)})
