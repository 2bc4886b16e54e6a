"""One collection, and one version."""

import json

from wandb_local.pages.layout import page
from wandb_local.pages.markup import Content, Markup, joined, link, section, table, tag
from wandb_local.pages.projects import alias_tags, run_link
from wandb_local.pages.values import facts, key_table, readable_size, readable_time
from wandb_local.records import Artifact, Collection, Membership, Project, Run
from wandb_local.store import Store


def version_link(store: Store, artifact: Artifact) -> Markup:
    """A link to the version where it was logged."""
    collection = store.collections.get(artifact.collection_id)
    project = store.projects.get(collection.project_id)
    membership = store.collections.placed(collection, artifact)
    return link(
        f"{collection.name}:v{membership.version}", *_path(project, collection), f"v{membership.version}"
    )


def _path(project: Project, collection: Collection) -> tuple[str, ...]:
    return (project.entity, project.name, "artifacts", collection.type, collection.name)


def collection_page(store: Store, project: Project, collection: Collection) -> str:
    """A collection's versions, newest first."""
    heads = ("version", "aliases", "digest", "size", "made by", "used by", "created (UTC)")
    rows = (
        _version(store, project, collection, membership)
        for membership in store.collections.versions(collection)
    )
    return page(
        collection.name,
        ((project.entity, project.name),),
        facts({"type": collection.type, "description": collection.description}),
        section("Versions", table(heads, rows)),
    )


def _version(
    store: Store, project: Project, collection: Collection, membership: Membership
) -> tuple[Content, ...]:
    artifact = store.artifacts.get(membership.artifact_id)
    name = f"v{membership.version}"
    return (
        link(name, *_path(project, collection), name),
        alias_tags(_aliases(store, membership)),
        tag("code", artifact.digest),
        readable_size(artifact.size),
        _maker(store, artifact),
        _users(store, artifact),
        readable_time(artifact.created_at),
    )


def version_page(store: Store, project: Project, collection: Collection, membership: Membership) -> str:
    """One version: what it is, where it comes from, who used it, what is in it."""
    artifact = store.artifacts.get(membership.artifact_id)
    files = (
        (file.name, readable_size(file.size), tag("code", file.digest))
        for file in store.artifact_files.of_artifact(artifact)
    )
    return page(
        f"{collection.name}:v{membership.version}",
        ((project.entity, project.name), _path(project, collection)),
        facts(
            {
                "aliases": alias_tags(_aliases(store, membership)),
                "tags": ", ".join(store.artifacts.tags(artifact)),
                "type": collection.type,
                "description": artifact.description,
                "digest": tag("code", artifact.digest),
                "size": readable_size(artifact.size),
                "created (UTC)": readable_time(artifact.created_at),
            }
        ),
        section("Lineage", facts({"made by": _maker(store, artifact), "used by": _users(store, artifact)})),
        section("Metadata", key_table(json.loads(artifact.metadata or "{}"))),
        section("Files", table(("name", "size", "MD5"), files)),
    )


def _aliases(store: Store, membership: Membership) -> list[str]:
    return [alias.name for alias in store.aliases.of_version(membership)]


def _maker(store: Store, artifact: Artifact) -> Markup:
    run = store.runs.find_row(artifact.run_id)
    return tag("span", "unknown", class_="quiet") if run is None else _run(store, run)


def _users(store: Store, artifact: Artifact) -> Markup:
    return joined((_run(store, store.runs.get(row)) for row in store.lineage.users(artifact)), ", ")


def _run(store: Store, run: Run) -> Markup:
    return run_link(store.projects.get(run.project_id), run)
