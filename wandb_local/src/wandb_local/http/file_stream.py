"""POST /files/{entity}/{project}/{run}/file_stream: what a run reports while it goes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from starlette.requests import Request
from starlette.responses import Response

from wandb_local.errors import InvalidRequestError, TooLargeError
from wandb_local.graph.arguments import Arguments
from wandb_local.http.bodies import json_body
from wandb_local.http.replies import JsonResponse, require_key
from wandb_local.limits import NAME_CHARACTERS, Limits
from wandb_local.service import Service
from wandb_local.store import Store
from wandb_local.store.records import Run, RunState
from wandb_local.store.runs.streams import Stream
from wandb_local.values.json_text import checked_object

SUMMARY = "wandb-summary.json"
WRITER_HEADER = "x-wandb-async-client-id"
"""The writer of a run, of which there are several in the SDK's shared mode."""

_LAST_OFFSET = 2**53


async def file_stream(service: Service, request: Request) -> Response:
    """Keep the lines, the summary and the state; the answer says whether the run shall stop."""
    require_key(service, request)
    entity, project, run = (request.path_params[name] for name in ("entity", "project", "run"))
    writer = request.headers.get(WRITER_HEADER, "")
    if len(writer) > NAME_CHARACTERS:
        message = f"{WRITER_HEADER} has {len(writer)} characters: the limit is {NAME_CHARACTERS}"
        raise InvalidRequestError(message)
    async with json_body(service, request, service.limits.stream) as body:
        report = Report.read(Arguments(body), service.limits)

        def keep(store: Store) -> bool:
            found = store.runs.named(store.projects.named(entity, project), run)
            return report.keep(store, found, writer)

        return JsonResponse({"limits": None, "stopped": await service.call(keep)})


@dataclass(frozen=True, slots=True)
class Report:
    """What a run reports at once: lines with the position of the first, by stream, and its fields."""

    lines: Mapping[Stream, tuple[int, list[str]]]
    changes: Mapping[str, object]

    @classmethod
    def read(cls, given: Arguments, limits: Limits) -> Self:
        """The report a client sent.

        Raises:
            InvalidRequestError: It cannot be understood.
            TooLargeError: It has too many lines, or too many short ones.
        """
        files = given.nested("files") if given.has("files") else Arguments({})
        most = limits.stream_lines
        lines = {stream: _lines(files.nested(stream), most) for stream in Stream if files.has(stream)}
        if (count := sum(len(texts) for _, texts in lines.values())) > most:
            message = f"the report has {count} lines: the limit is {most}"
            raise TooLargeError(message)
        characters = sum(len(text) for _, texts in lines.values() for text in texts)
        if count > limits.stream_short_lines + characters // limits.stream_line:
            message = (
                f"the report has {count} lines of {characters} characters in all: the limit is"
                f" {limits.stream_short_lines} lines, and one more for each {limits.stream_line} characters"
            )
            raise TooLargeError(message)
        changes: dict[str, object] = {"state": _state(given)}
        if files.has(SUMMARY):
            for text in files.nested(SUMMARY).texts("content"):
                changes["summary"] = checked_object(text, "the summary")
        return cls(lines, changes)

    def keep(self, store: Store, run: Run, writer: str) -> bool:
        """Keep it; whether the run shall stop."""
        for stream, (offset, texts) in self.lines.items():
            store.streams.append(run, stream, writer, offset, texts)
        return bool(store.runs.update(run, self.changes).stop_requested)


def _lines(chunk: Arguments, most: int) -> tuple[int, list[str]]:
    offset = chunk.optional_integer("offset") or 0
    if not 0 <= offset < _LAST_OFFSET:
        message = f"argument 'offset' must be a position from 0 on, got {offset}"
        raise InvalidRequestError(message)
    return offset, chunk.texts("content", most)


def _state(report: Arguments) -> RunState:
    """Every report is a sign of life, but for the last one."""
    if report.flag("complete"):
        return RunState.FAILED if report.optional_integer("exitcode") else RunState.FINISHED
    return RunState.PREEMPTING if report.flag("preempting") else RunState.RUNNING
