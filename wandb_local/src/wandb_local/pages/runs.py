"""One run."""

import json

from wandb_local.pages.artifacts import version_link
from wandb_local.pages.layout import page
from wandb_local.pages.markup import Markup, section, table, tag
from wandb_local.pages.projects import state
from wandb_local.pages.sparkline import sparkline
from wandb_local.pages.values import facts, key_table, public, readable, readable_size, readable_time
from wandb_local.records import Artifact, Project, Run
from wandb_local.store import Store
from wandb_local.store.streams import Stream

_CONSOLE_LINES = 200


def run_page(store: Store, project: Project, run: Run) -> str:
    """A run with what it was told, what it measured, and what it used and made."""
    config = {
        key: value["value"] if isinstance(value, dict) and "value" in value else value
        for key, value in public(json.loads(run.config)).items()
    }
    console = "".join(store.streams.tail(run, Stream.CONSOLE, _CONSOLE_LINES))
    files = ((file.name, readable_size(file.size)) for file in store.run_files.of_run(run))
    return page(
        run.display_name or run.name,
        ((project.entity, project.name),),
        _facts(run),
        _alerts(store, run),
        section("Used artifacts", _artifacts(store, store.lineage.inputs(run))),
        section("Logged artifacts", _artifacts(store, store.lineage.outputs(run))),
        section("Summary", key_table(public(json.loads(run.summary)))),
        section("History", _history(store, run)),
        section("Config", key_table(config)),
        section("Files", table(("name", "size"), files)),
        section("Console", tag("pre", console)) if console else None,
    )


def _facts(run: Run) -> Markup:
    return facts(
        {
            "run id": tag("code", run.name),
            "state": state(run),
            "job type": run.job_type,
            "group": run.group_name,
            "tags": ", ".join(json.loads(run.tags)),
            "notes": run.notes,
            "commit": run.commit_hash,
            "program": run.program,
            "host": run.host,
            "started (UTC)": readable_time(run.created_at),
            "last heard of (UTC)": readable_time(run.heartbeat_at),
        }
    )


def _alerts(store: Store, run: Run) -> Markup | None:
    rows = [
        (alert.level, alert.title, alert.text, readable_time(alert.created_at))
        for alert in store.alerts.of_run(run)
    ]
    return section("Alerts", table(("level", "title", "text", "raised (UTC)"), rows)) if rows else None


def _artifacts(store: Store, artifacts: list[Artifact]) -> Markup:
    return table(("version", "type"), ((version_link(store, a), _type(store, a)) for a in artifacts))


def _type(store: Store, artifact: Artifact) -> str:
    return store.collections.get(artifact.collection_id).type


def _history(store: Store, run: Run) -> Markup:
    """The course of every numeric metric with its last value."""
    courses: dict[str, list[float]] = {}
    for row in store.streams.history(run):
        for key, value in row.items():
            if isinstance(value, int | float) and not isinstance(value, bool) and not key.startswith("_"):
                courses.setdefault(key, []).append(float(value))
    rows = (
        (tag("code", key), sparkline(course), readable(course[-1]), len(course))
        for key, course in sorted(courses.items())
    )
    return table(("metric", "course", "last", "points"), rows)
