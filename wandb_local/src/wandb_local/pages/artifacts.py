"""One collection, and one version."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from wandb_local.pages.columns import View, common_keys
from wandb_local.pages.environment import render
from wandb_local.pages.media import media_of
from wandb_local.pages.values import figures, flat
from wandb_local.store import Store
from wandb_local.store.records import Artifact, Collection, Membership, Project, Run

_FIGURES = 8
_MOST_EDGES = 50
"""Runs that used a version, as far as a page shows them."""

_MOST_MOVES = 200
MOST_FILES = 1000
"""Files a page lists."""


@dataclass(frozen=True, slots=True)
class VersionName:
    """A version where it was logged, and the path of its page."""

    name: str
    type: str
    path: tuple[str, ...]


def named(store: Store, artifact: Artifact) -> VersionName:
    """The name of a committed version."""
    collection = store.collections.get(artifact.collection_id)
    project = store.projects.get(collection.project_id)
    version = f"v{store.collections.placed(collection, artifact).version}"
    path = (*collection_path(project, collection), version)
    return VersionName(f"{collection.name}:{version}", collection.type, path)


def collection_path(project: Project, collection: Collection) -> tuple[str, ...]:
    """The segments of the collection's address."""
    return (project.entity, project.name, "artifacts", collection.type, collection.name)


@dataclass(frozen=True, slots=True)
class RunName:
    """A run, and the path of its page."""

    name: str
    path: tuple[str, ...]


def _run_name(store: Store, run: Run) -> RunName:
    project = store.projects.get(run.project_id)
    return RunName(run.display_name or run.name, (project.entity, project.name, "runs", run.name))


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version in the table of its collection, with the figures of its metadata."""

    version: int
    artifact: Artifact
    aliases: list[str]
    figures: dict[str, float]
    maker: RunName | None

    def value(self, key: str) -> object:
        """What the table is ordered by under `key`."""
        if key.startswith("figure."):
            return self.figures.get(key.removeprefix("figure."))
        fields = {"version": self.version, "size": self.artifact.size, "created": self.artifact.created_at}
        return fields.get(key)


def collection_page(store: Store, project: Project, collection: Collection, view: View) -> str:
    """A collection's versions, newest first unless ordered otherwise, and how its aliases moved."""
    rows = [_row(store, place) for place in store.collections.versions(collection)]
    keys = common_keys(row.figures for row in rows)
    columns = [key for key in view.columns if key in keys] or keys[:_FIGURES]
    heads = [
        view.head("version", "version"),
        view.head("created (UTC)", "created"),
        view.head("size", "size", figure=True),
        *(view.head(key, f"figure.{key}", figure=True) for key in columns),
    ]
    return render(
        "collection.html",
        collection.name,
        ((project.entity, project.name),),
        collection=collection,
        path=collection_path(project, collection),
        heads=heads,
        columns=columns,
        rows=view.shown(view.ordered(rows, VersionRow.value)),
        count=len(rows),
        view=view,
        moves=store.aliases.history(collection)[:_MOST_MOVES],
    )


def _row(store: Store, place: Membership) -> VersionRow:
    artifact = store.artifacts.get(place.artifact_id)
    maker = store.runs.find_row(artifact.run_id)
    return VersionRow(
        place.version,
        artifact,
        _aliases(store, place),
        figures(flat(_metadata(artifact))),
        None if maker is None else _run_name(store, maker),
    )


def _metadata(artifact: Artifact) -> dict[str, object]:
    found: dict[str, object] = json.loads(artifact.metadata or "{}")
    return found


def _aliases(store: Store, place: Membership) -> list[str]:
    return [alias.name for alias in store.aliases.of_version(place)]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A run beside a version, and the versions on its other side."""

    run: RunName
    versions: list[VersionName]


def version_page(store: Store, project: Project, collection: Collection, place: Membership) -> str:
    """One version: what it is, where it comes from, what was made of it, what is in it."""
    artifact = store.artifacts.get(place.artifact_id)
    maker = store.runs.find_row(artifact.run_id)
    users = [store.runs.get(row) for row in store.lineage.users(artifact)]
    files = store.artifact_files.of_artifact(artifact)
    path = (*collection_path(project, collection), f"v{place.version}")
    return render(
        "version.html",
        f"{collection.name}:v{place.version}",
        ((project.entity, project.name), collection_path(project, collection)),
        artifact=artifact,
        collection=collection,
        path=path,
        aliases=_aliases(store, place),
        tags=store.artifacts.tags(artifact),
        metadata=flat(_metadata(artifact)),
        made_by=None if maker is None else _neighbour(store, maker, store.lineage.inputs(maker)),
        used_by=[_neighbour(store, run, store.lineage.outputs(run)) for run in users[:_MOST_EDGES]],
        more_users=len(users[_MOST_EDGES:]),
        files=files[:MOST_FILES],
        more_files=len(files[MOST_FILES:]),
        media=media_of(store, files),
    )


def _neighbour(store: Store, run: Run, artifacts: Iterable[Artifact]) -> Neighbour:
    return Neighbour(_run_name(store, run), [named(store, artifact) for artifact in artifacts])
