"""Changes of runs."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta

from wandb_local.errors import InvalidRequestError
from wandb_local.graph.arguments import Arguments
from wandb_local.graph.context import Graph
from wandb_local.graph.mutations.artifacts import project_named
from wandb_local.graph.objects.base import Object
from wandb_local.limits import ALIASES
from wandb_local.store.projects import UNNAMED
from wandb_local.store.records import Run, RunState
from wandb_local.store.runs.alerts import AlertLevel
from wandb_local.values.identifiers import row_of
from wandb_local.values.names import checked_line

_LONGEST_WAIT = 1000 * 60 * 60 * 24 * 366
"""A year, in milliseconds as wandb 0.31.0 sends the wait."""


def _tags(arguments: Arguments, name: str) -> str:
    return json.dumps([checked_line(tag, "tag") for tag in arguments.texts(name, ALIASES)])


def _line(arguments: Arguments, name: str) -> str:
    return checked_line(arguments.optional_text(name) or "", f"argument {name!r}")


def _full_line(arguments: Arguments, name: str) -> str:
    return checked_line(arguments.text(name), f"argument {name!r}")


def _state(arguments: Arguments, name: str) -> str:
    state = arguments.text(name)
    if state not in RunState:
        message = f"run state {state[:60]!r} is unknown; there are {', '.join(RunState)}"
        raise InvalidRequestError(message)
    return state


_FIELDS: Mapping[str, tuple[str, Callable[[Arguments, str], str | None]]] = {
    "displayName": ("display_name", _full_line),
    "description": ("description", Arguments.optional_text),
    "notes": ("notes", Arguments.optional_text),
    "commit": ("commit_hash", _line),
    "host": ("host", _line),
    "jobProgram": ("program", _line),
    "groupName": ("group_name", _line),
    "jobType": ("job_type", _line),
    "state": ("state", _state),
    "tags": ("tags", _tags),
    "config": ("config", Arguments.optional_object_text),
    "summaryMetrics": ("summary", Arguments.optional_object_text),
}
"""Input fields of UpsertBucket, the columns they go to, and how they are read."""


def upsert_bucket(graph: Graph, given: Arguments) -> Object:
    """The run, created or changed; a field that is absent or null stays as it is."""
    run, inserted = _found_or_created(graph, given)
    changes = {column: read(given, name) for name, (column, read) in _FIELDS.items() if given.has(name)}
    changed = graph.store.runs.update(run, changes)
    return Object("UpsertBucketPayload", {"bucket": graph.show(changed), "inserted": inserted})


def _found_or_created(graph: Graph, given: Arguments) -> tuple[Run, bool]:
    store = graph.store
    if given.has("id"):
        return store.runs.get(row_of("Run", given.text("id"))), False
    project = store.projects.ensure(
        given.optional_text("entityName") or graph.viewer, given.optional_text("modelName") or UNNAMED
    )
    known = store.runs.find(project, given.text("name"))
    return (known, False) if known else (store.runs.create(project, given.text("name")), True)


def alert(graph: Graph, given: Arguments) -> Object:
    """Keep an alert of the run; it is sent to no one, the run's page shows it."""
    run = graph.store.runs.named(project_named(graph, given), given.text("runName"))
    wait = given.optional_integer("waitDuration") or 0
    if not 0 <= wait <= _LONGEST_WAIT:
        message = f"argument 'waitDuration' must be milliseconds from 0 to {_LONGEST_WAIT}, got {wait}"
        raise InvalidRequestError(message)
    graph.store.alerts.add(
        run,
        checked_line(given.text("title"), "alert title"),
        given.optional_text("text") or "",
        given.optional_text("severity") or AlertLevel.INFO,
        timedelta(milliseconds=wait),
    )
    return Object("NotifyScriptableRunAlertPayload", {"success": True})


def stop_run(graph: Graph, given: Arguments) -> Object:
    """Ask the run's process to stop."""
    graph.store.runs.request_stop(graph.store.runs.get(row_of("Run", given.text("id"))))
    return Object("StopRunPayload", {"success": True})


def delete_run(graph: Graph, given: Arguments) -> Object:
    """Remove the run; the artifacts it logged stay."""
    if given.flag("deleteArtifacts"):
        raise InvalidRequestError(
            "delete a run's artifacts one by one before the run: their aliases protect them"
        )
    graph.store.runs.delete(graph.store.runs.get(row_of("Run", given.text("id"))))
    graph.store.blobs.discard_orphans()
    return Object("DeleteRunPayload", {"success": True, "clientMutationId": None})
