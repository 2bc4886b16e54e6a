"""Entities, users and projects as the protocol shows them."""

from collections.abc import Sequence
from functools import partial

from wandb_local.errors import InvalidRequestError
from wandb_local.graph.arguments import Arguments
from wandb_local.graph.context import Graph, connection, edge
from wandb_local.graph.objects.base import Object, method
from wandb_local.store.filters import matches, ordered, parsed
from wandb_local.store.records import ArtifactType, Collection, Membership, Project, Run
from wandb_local.store.run_fields import RunFields
from wandb_local.values.identifiers import global_id
from wandb_local.values.names import LATEST


def entity_object(graph: Graph, name: str) -> Object:
    """An entity: any name is one. Each is an organization, where its registries live; all are the user's."""
    return Object(
        "Entity",
        {
            "id": global_id("Entity", name),
            "name": name,
            "organization": lambda: _organization(name),
            "user": lambda: user_object(graph),
            "xxhashDigestsEnabled": False,
            "project": method(
                lambda found: graph.show_optional(graph.store.projects.find(name, found.text("name"))), "name"
            ),
        },
    )


def _organization(name: str) -> Object:
    entity = Object("Entity", {"id": global_id("Entity", name), "name": name})
    return Object("Organization", {"name": name, "orgEntity": entity, "coreWeaveOrganizationId": None})


def user_object(graph: Graph) -> Object:
    """The one user of this server."""
    name = graph.viewer
    team = Object("Entity", {"id": global_id("Entity", name), "name": name})
    return Object(
        "User",
        {
            "id": global_id("User", name),
            "name": name,
            "username": name,
            "entity": name,
            "email": f"{name}@localhost",
            "admin": False,
            "flags": "{}",
            "deletedAt": None,
            "apiKeys": connection([], total=0, end=0),
            "teams": connection([edge(team, 1)], total=1, end=1),
            "organizations": lambda: [_organization(entity) for entity in graph.store.projects.entities()],
        },
    )


def project_object(graph: Graph, project: Project) -> Object:
    """A project with its runs and artifacts."""
    runs, collections = graph.store.runs, graph.store.collections
    return Object(
        "Project",
        {
            "id": global_id("Project", project.id),
            "internalId": str(project.id),
            "name": project.name,
            "entityName": project.entity,
            "entity": lambda: entity_object(graph, project.entity),
            "createdAt": project.created_at,
            "isBenchmark": False,
            "readOnly": False,
            "user": lambda: user_object(graph),
            "run": method(lambda a: graph.show_optional(runs.find(project, a.text("name"))), "name"),
            "bucket": method(
                lambda a: graph.show_optional(runs.find(project, a.text("name"))), "name", "missingOk"
            ),
            "runCount": method(lambda a: len(_runs(graph, project, a)), "filters"),
            "runs": graph.connection(lambda a: _runs(graph, project, a), "filters", "order"),
            "artifact": method(lambda a: _artifact(graph, project, a.text("name")), "name"),
            "artifactType": method(
                lambda a: graph.show_optional(_type(graph, project, a.text("name"))), "name"
            ),
            "artifactTypes": graph.connection(
                lambda _: [ArtifactType(project.id, name) for name in collections.types(project)]
            ),
            "artifactCollection": method(
                lambda a: graph.show_optional(collections.find(project, a.text("name"))), "name"
            ),
            "artifactCollections": graph.connection(
                lambda a: _collections(graph, collections.of_project(project), a), "filters", "order"
            ),
            "artifactCollectionMembership": method(
                lambda a: graph.show_optional(_membership(graph, project, a.text("name"))), "name"
            ),
        },
    )


def artifact_type_object(graph: Graph, found: ArtifactType) -> Object:
    """An artifact type of a project, and its collections."""
    project = graph.store.projects.get(found.project_id)
    collections = graph.store.collections

    def of_this_type(arguments: Arguments) -> Object | None:
        collection = collections.find(project, arguments.text("name"))
        return graph.show(collection) if collection and collection.type == found.name else None

    return Object(
        "ArtifactType",
        {
            "id": global_id("ArtifactType", f"{project.id}:{found.name}"),
            "name": found.name,
            "description": "",
            "createdAt": project.created_at,
            "artifactCollection": method(of_this_type, "name"),
            "artifactCollections": graph.connection(
                lambda a: _collections(graph, collections.of_project(project, found.name), a),
                "filters",
                "order",
            ),
        },
    )


def _runs(graph: Graph, project: Project, arguments: Arguments) -> list[Run]:
    condition, budget = parsed(arguments.optional_text("filters")), graph.store.database.budget
    # What a run's documents say is kept for one run at a time: it takes many times their bytes.
    chosen = [
        run
        for run in graph.store.runs.of_project(project)
        if matches(condition, RunFields(run).value, budget)
    ]
    return ordered(
        chosen, arguments.optional_text("order"), lambda run, key: RunFields(run).value(key), budget
    )


def _collections(graph: Graph, found: Sequence[Collection], arguments: Arguments) -> list[Collection]:
    condition, budget = parsed(arguments.optional_text("filters")), graph.store.database.budget
    chosen = [each for each in found if matches(condition, partial(_collection_field, each), budget)]
    return ordered(chosen, arguments.optional_text("order"), _collection_field, budget)


def _collection_field(collection: Collection, key: str) -> object:
    """What collections can be filtered and ordered by."""
    fields = {
        "name": collection.name,
        "type": collection.type,
        "description": collection.description,
        "state": "READY",
        "createdat": collection.created_at,
        "updatedat": collection.updated_at,
    }
    column = key.replace("_", "").lower()
    if column not in fields:
        message = f"artifact collections cannot be filtered or ordered by {key[:100]!r}"
        raise InvalidRequestError(message)
    return fields[column]


def _type(graph: Graph, project: Project, name: str) -> ArtifactType | None:
    known = name in graph.store.collections.types(project)
    return ArtifactType(project.id, name) if known else None


def _membership(graph: Graph, project: Project, name: str) -> Membership | None:
    """The version that `collection[:reference]` names."""
    collection_name, _, reference = name.partition(":")
    collection = graph.store.collections.find(project, collection_name)
    return None if collection is None else graph.store.collections.resolve(collection, reference or LATEST)


def _artifact(graph: Graph, project: Project, name: str) -> Object | None:
    membership = _membership(graph, project, name)
    return None if membership is None else graph.show(graph.store.artifacts.get(membership.artifact_id))
