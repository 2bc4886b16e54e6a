"""Runs as the protocol shows them."""

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase

from wandb_local.errors import InvalidRequestError, TooCostlyError
from wandb_local.graph.arguments import Arguments
from wandb_local.graph.context import Graph
from wandb_local.graph.objects.base import Field, Object, method
from wandb_local.graph.objects.projects import user_object
from wandb_local.limits import PATTERN_CHARACTERS
from wandb_local.store.records import File, Run
from wandb_local.store.runs.streams import Row, Stream, spread
from wandb_local.values.identifiers import global_id
from wandb_local.values.json_text import value_of

DEFAULT_SAMPLES = 500
"""How many rows W&B returns when the client names no number."""


def run_object(graph: Graph, run: Run) -> Object:
    """A run with what it logged."""
    project = graph.store.projects.get(run.project_id)
    return Object(
        "Run",
        {
            "id": global_id("Run", run.id),
            "name": run.name,
            "projectId": str(project.id),
            "project": lambda: graph.show(project),
            "user": lambda: user_object(graph),
            "displayName": run.display_name,
            "description": run.description,
            "notes": run.notes,
            "commit": run.commit_hash,
            "group": run.group_name,
            "jobType": run.job_type,
            "sweepName": None,
            "tags": json.loads(run.tags),
            "state": str(run.state),
            "stopped": bool(run.stop_requested),
            "readOnly": False,
            "createdAt": run.created_at,
            "heartbeatAt": run.heartbeat_at,
            "config": run.config,
            "summaryMetrics": run.summary,
            "systemMetrics": "{}",
            "wandbConfig": method(lambda a: _wandb_config(run, set(a.texts("keys"))), "keys"),
            **_stream_fields(graph, run),
            **_file_fields(graph, run),
        },
    )


def _stream_fields(graph: Graph, run: Run) -> dict[str, Field]:
    streams = graph.store.streams
    return {
        "historyLineCount": lambda: streams.count(run, Stream.HISTORY),
        "eventsLineCount": lambda: streams.count(run, Stream.EVENTS),
        "logLineCount": lambda: streams.count(run, Stream.CONSOLE),
        "historyTail": lambda: json.dumps(streams.tail(run, Stream.HISTORY)),
        "eventsTail": lambda: json.dumps(streams.tail(run, Stream.EVENTS)),
        "historyKeys": lambda: _history_keys(graph, run),
        "history": method(lambda a: _history(graph, run, a), "minStep", "maxStep", "samples"),
        "events": method(
            lambda a: spread(
                streams.lines(run, Stream.EVENTS), a.optional_integer("samples") or DEFAULT_SAMPLES
            ),
            "samples",
        ),
        "sampledHistory": method(
            lambda a: [_sampled(streams.history(run), spec) for spec in a.texts("specs")], "specs"
        ),
        "parquetHistory": method(lambda a: _live_history(graph, run, set(a.texts("liveKeys"))), "liveKeys"),
    }


def _file_fields(graph: Graph, run: Run) -> dict[str, Field]:
    store = graph.store
    return {
        "fileCount": lambda: len(store.run_files.of_run(run)),
        "files": graph.connection(lambda a: _files(store.run_files.of_run(run), a), "names", "pattern"),
        "inputArtifacts": graph.connection(lambda _: store.lineage.inputs(run)),
        "outputArtifacts": graph.connection(lambda _: store.lineage.outputs(run)),
    }


def _wandb_config(run: Run, keys: AbstractSet[str]) -> str:
    """The SDK's own section of the config; it reads `t` of it to see whether a run really began."""
    section = json.loads(run.config).get("_wandb", {})
    values = section.get("value") if isinstance(section, dict) else None
    if not isinstance(values, dict):
        return "{}"
    return json.dumps({key: value for key, value in values.items() if not keys or key in keys})


def _history_keys(graph: Graph, run: Run) -> Row:
    counts = graph.store.streams.history_keys(run)
    keys = {key: {"typeCounts": [{"type": "number", "count": count}]} for key, count in counts.items()}
    return {"keys": keys, "sets": [], "lastStep": graph.store.streams.last_step(run)}


def _history(graph: Graph, run: Run, arguments: Arguments) -> list[str]:
    """Rows as JSON texts: a sample of all, or the first of those between two steps."""
    samples = arguments.optional_integer("samples") or DEFAULT_SAMPLES
    start, stop = arguments.optional_integer("minStep"), arguments.optional_integer("maxStep")
    if start is None or stop is None:
        return spread(graph.store.streams.lines(run, Stream.HISTORY), samples)
    return graph.store.streams.lines(run, Stream.HISTORY, start, stop)[:samples]


def _sampled(history: Sequence[Row], text: str) -> list[Row]:
    """The rows that have all keys of a specification, reduced to them; here `maxStep` is the last step."""
    try:
        spec = value_of(text)
        keys, samples = list(dict.fromkeys(spec["keys"])), int(spec.get("samples") or DEFAULT_SAMPLES)
        first, last = int(spec.get("minStep", -1)), int(spec.get("maxStep", 2**63))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        message = f"sampledHistory cannot read the specification {text[:100]!r}"
        raise InvalidRequestError(message) from error
    rows = [
        json.dumps({key: row[key] for key in keys})
        for row in history
        if all(key in row for key in keys) and first <= _step_of(row) <= last
    ]
    return [json.loads(row) for row in spread(rows, samples)]


def _step_of(row: Row) -> int:
    step = row.get("_step")
    return step if isinstance(step, int) else 0


def _live_history(graph: Graph, run: Run, keys: AbstractSet[str]) -> Object:
    """The history as live data, for there are no Parquet files. Rows lacking one of `keys` are left out."""
    rows = [row for row in graph.store.streams.history(run) if keys <= row.keys()]
    return Object("ParquetHistory", {"parquetUrls": [], "liveData": rows})


def _files(files: Sequence[File], arguments: Arguments) -> list[File]:
    names, pattern = set(arguments.texts("names")), arguments.optional_text("pattern") or "%"
    if len(pattern) > PATTERN_CHARACTERS:
        message = f"the pattern has {len(pattern)} characters: the limit is {PATTERN_CHARACTERS}"
        raise TooCostlyError(message)
    glob = pattern.replace("[", "[[]").replace("%", "*").replace("_", "?")
    return [file for file in files if (not names or file.name in names) and fnmatchcase(file.name, glob)]
