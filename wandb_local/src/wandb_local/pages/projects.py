"""The list of projects, and one project."""

import json
from dataclasses import dataclass

from wandb_local.pages.columns import View, common_keys
from wandb_local.pages.environment import render
from wandb_local.pages.media import without_media
from wandb_local.pages.values import figures, flat
from wandb_local.store import Store
from wandb_local.store.records import Collection, Project, Run
from wandb_local.values.names import LATEST

_FIGURES = 8
"""Columns of figures a table has unless the address names others."""

_CHOICES = 60
"""Figures that are offered as columns."""

TABLES_OF_RUNS = "run_table"
"""The type of collections the SDK makes by itself, one for each table a run logs."""


def projects_page(store: Store) -> str:
    """All projects."""
    rows = [
        (project, store.runs.count(project), len(store.collections.of_project(project)))
        for project in store.projects.everything()
    ]
    return render("projects.html", "Projects", rows=rows)


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the table of its project, with the figures of its summary."""

    run: Run
    figures: dict[str, float]

    def value(self, key: str) -> object:
        """What the table is ordered by under `key`."""
        if key.startswith("figure."):
            return self.figures.get(key.removeprefix("figure."))
        return {
            "name": self.run.display_name,
            "state": self.run.state,
            "job": self.run.job_type,
            "group": self.run.group_name,
            "started": self.run.created_at,
        }.get(key)


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """A collection in the table of its project, with its aliases and the versions they name."""

    collection: Collection
    versions: int
    aliases: list[tuple[str, str]]


def summary_of(run: Run) -> dict[str, object]:
    """A run's summary, flat and without media."""
    return without_media(flat(json.loads(run.summary)))


def project_page(store: Store, project: Project, view: View) -> str:
    """A project's runs, newest first unless ordered otherwise, and its artifacts."""
    runs = list[RunRow]()
    for run in store.runs.of_project(project)[::-1]:
        runs.append(RunRow(run, figures(summary_of(run))))
        store.database.budget.spend(len(runs[-1].figures))
    keys = common_keys(row.figures for row in runs)
    columns = [key for key in view.columns if key in keys] or keys[:_FIGURES]
    heads = [
        view.head("run", "name"),
        view.head("state", "state"),
        *(view.head(key, f"figure.{key}", figure=True) for key in columns),
        view.head("job type", "job"),
        view.head("group", "group"),
        view.head("started (UTC)", "started"),
    ]
    collections = [_collection_row(store, found) for found in store.collections.of_project(project)]
    return render(
        "project.html",
        f"{project.entity}/{project.name}",
        project=project,
        heads=heads,
        columns=columns,
        choices=keys[:_CHOICES],
        runs=view.shown(view.ordered(runs, RunRow.value)),
        count=len(runs),
        view=view,
        collections=[row for row in collections if row.collection.type != TABLES_OF_RUNS],
        of_runs=[row for row in collections if row.collection.type == TABLES_OF_RUNS],
    )


def _collection_row(store: Store, collection: Collection) -> CollectionRow:
    versions = store.collections.versions(collection)
    numbers = {place.id: f"v{place.version}" for place in versions}
    aliases = [
        (alias.name, numbers[alias.membership_id])
        for alias in store.aliases.of_collection(collection)
        if alias.name != LATEST
    ]
    return CollectionRow(collection, len(versions), aliases)
