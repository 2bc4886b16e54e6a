"""The root of all queries."""

from wandb_local.graph.arguments import Arguments
from wandb_local.graph.context import Graph
from wandb_local.graph.objects.base import Object, method
from wandb_local.graph.objects.projects import entity_object, user_object
from wandb_local.values.identifiers import global_id, row_of

_FEATURES = ("ARTIFACT_COLLECTIONS_FILTERING_SORTING",)
"""What the SDK asks for only where the server says that it has it."""


def _server_info() -> Object:
    features = [Object("ServerFeature", {"name": name, "isEnabled": True}) for name in _FEATURES]
    return Object("ServerInfo", {"features": features})


def query_root(graph: Graph) -> Object:
    """What can be asked."""
    store = graph.store

    def project(arguments: Arguments) -> Object | None:
        entity = arguments.optional_text("entityName") or graph.viewer
        return graph.show_optional(store.projects.find(entity, arguments.text("name")))

    def client_id(arguments: Arguments) -> Object:
        row = store.lineage.introduced(arguments.text("clientID"))
        return Object("ClientIDMapping", {"serverID": global_id("Artifact", row)})

    return Object(
        "Query",
        {
            "viewer": lambda: user_object(graph),
            "serverInfo": _server_info,
            "entity": method(lambda a: entity_object(graph, a.optional_text("name") or graph.viewer), "name"),
            "project": method(project, "name", "entityName"),
            "model": method(project, "name", "entityName"),
            "models": graph.connection(
                lambda a: store.projects.of_entity(a.optional_text("entityName") or graph.viewer),
                "entityName",
            ),
            "artifact": method(
                lambda a: graph.show(store.artifacts.get(row_of("Artifact", a.text("id")))), "id"
            ),
            "artifactCollection": method(
                lambda a: graph.show(store.collections.get(row_of("ArtifactCollection", a.text("id")))),
                "id",
            ),
            "clientIDMapping": method(client_id, "clientID"),
        },
    )
