"""POST /files/{entity}/{project}/{run}/file_stream: what a run reports while it goes."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from wandb_local.graph.arguments import Arguments
from wandb_local.http.bodies import read_json
from wandb_local.http.replies import require_key
from wandb_local.json_text import checked_object
from wandb_local.records import Run, RunState
from wandb_local.service import Service
from wandb_local.store import Store
from wandb_local.store.streams import Stream

SUMMARY = "wandb-summary.json"
WRITER_HEADER = "x-wandb-async-client-id"
"""Tells the writers of one run apart when it is in the SDK's shared mode."""


async def file_stream(service: Service, request: Request) -> Response:
    """Keep the lines, the summary and the state; the answer says whether the run shall stop."""
    require_key(service, request)
    report = Arguments(await read_json(request, service.limits.stream))
    entity, project, run = (request.path_params[name] for name in ("entity", "project", "run"))
    writer = request.headers.get(WRITER_HEADER, "")

    def keep(store: Store) -> bool:
        found = store.runs.named(store.projects.named(entity, project), run)
        return _keep(store, found, report, writer)

    return JSONResponse({"limits": None, "stopped": await service.call(keep)})


def _keep(store: Store, run: Run, report: Arguments, writer: str) -> bool:
    changes: dict[str, object] = {"state": _state(report)}
    files = report.nested("files") if report.has("files") else Arguments({})
    for stream in Stream:
        if files.has(stream):
            chunk = files.nested(stream)
            store.streams.append(
                run, stream, writer, chunk.optional_integer("offset") or 0, chunk.texts("content")
            )
    if files.has(SUMMARY):
        for text in files.nested(SUMMARY).texts("content"):
            changes["summary"] = checked_object(text, "the summary")
    return bool(store.runs.update(run, changes).stop_requested)


def _state(report: Arguments) -> RunState:
    """Every report is a sign of life, but for the last one."""
    if report.flag("complete"):
        return RunState.FAILED if report.optional_integer("exitcode") else RunState.FINISHED
    return RunState.PREEMPTING if report.flag("preempting") else RunState.RUNNING
