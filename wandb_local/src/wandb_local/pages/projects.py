"""The list of projects, and one project."""

import json

from wandb_local.names import LATEST
from wandb_local.pages.layout import page
from wandb_local.pages.markup import Content, Markup, joined, link, section, table, tag
from wandb_local.pages.values import public, readable, readable_time
from wandb_local.records import Collection, Project, Run
from wandb_local.store import Store

_MOST_RUNS = 200
_MOST_METRICS = 6


def projects_page(store: Store) -> str:
    """All projects."""
    rows = (
        (
            link(f"{project.entity}/{project.name}", project.entity, project.name),
            len(store.runs.of_project(project)),
            len(store.collections.of_project(project)),
            readable_time(project.created_at),
        )
        for project in store.projects.everything()
    )
    return page("Projects", (), table(("project", "runs", "artifact collections", "created (UTC)"), rows))


def project_page(store: Store, project: Project) -> str:
    """A project's runs, newest first, and its artifacts."""
    runs = store.runs.of_project(project)[::-1]
    shown = runs[:_MOST_RUNS]
    more = (
        tag("p", f"The newest {_MOST_RUNS} of {len(runs)}.", class_="quiet")
        if len(runs) > len(shown)
        else None
    )
    heads = ("run", "state", "job type", "group", "started (UTC)", "summary")
    collections = store.collections.of_project(project)
    return page(
        f"{project.entity}/{project.name}",
        (),
        section(
            "Artifacts",
            table(
                ("collection", "type", "versions", "aliases"),
                (_collection(store, project, c) for c in collections),
            ),
        ),
        section("Runs", table(heads, (_run(project, run) for run in shown)), more),
    )


def run_link(project: Project, run: Run) -> Markup:
    """A link to the run's page."""
    return link(run.display_name or run.name, project.entity, project.name, "runs", run.name)


def state(run: Run) -> Markup:
    """The run's state, coloured."""
    return tag("span", run.state, class_=run.state)


def alias_tags(names: list[str]) -> Markup:
    """Aliases side by side."""
    return joined(tag("span", name, class_="alias") for name in names)


def _run(project: Project, run: Run) -> tuple[Content, ...]:
    scalars = {
        key: value
        for key, value in public(json.loads(run.summary)).items()
        if isinstance(value, int | float | str)
    }
    summary = ", ".join(f"{key} {readable(value)}" for key, value in list(scalars.items())[:_MOST_METRICS])
    return (
        run_link(project, run),
        state(run),
        run.job_type,
        run.group_name,
        readable_time(run.created_at),
        summary,
    )


def _collection(store: Store, project: Project, collection: Collection) -> tuple[Content, ...]:
    names = [alias.name for alias in store.aliases.of_collection(collection) if alias.name != LATEST]
    return (
        link(collection.name, project.entity, project.name, "artifacts", collection.type, collection.name),
        collection.type,
        len(store.collections.versions(collection)),
        alias_tags(names),
    )
