"""GET of a file of a run or a version, for a browser: shown where nothing in it can act, else to be kept."""

from collections.abc import Callable, Sequence
from mimetypes import guess_type

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from wandb_local.errors import NotFoundError
from wandb_local.http.pages import CHALLENGE, run_in, version_in
from wandb_local.pages.media import IMAGES
from wandb_local.service import Service
from wandb_local.store import Store
from wandb_local.store.records import File

_PROTECTION = {
    # Nothing that was uploaded runs, loads or is framed, and no other site reads it.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

_TEXTS = frozenset(
    {"json", "jsonl", "csv", "tsv", "txt", "log", "md", "yaml", "yml", "toml", "ini", "py", "sql"}
)
"""Endings of names that are shown as plain text, whatever they hold."""


def _kind(name: str) -> tuple[str, str]:
    """The content type a file is sent with, by its name, and whether it is shown or kept."""
    guessed = guess_type(name)[0]
    if guessed in IMAGES:
        return guessed, "inline"
    if name.rpartition(".")[2].lower() in _TEXTS:
        return "text/plain; charset=utf-8", "inline"
    return "application/octet-stream", "attachment"


async def _sent(service: Service, request: Request, files: Callable[[Store], Sequence[File]]) -> Response:
    if not service.access.admits(request.headers.get("authorization")):
        return HTMLResponse("The API key is missing or wrong.", 401, headers=CHALLENGE)
    name = str(request.path_params["path"])

    def find(store: Store) -> str:
        file = next((file for file in files(store) if file.name == name and file.blob_id), None)
        if file is None or file.blob_id is None:
            message = f"there is no file {name!r} here"
            raise NotFoundError(message)
        return str(store.blobs.stored_path(file.blob_id))

    path = await service.call(find)
    content_type, disposition = _kind(name)
    headers = _PROTECTION | {"Content-Disposition": disposition}
    return FileResponse(path, media_type=content_type, headers=headers)


async def get_run_file(service: Service, request: Request) -> Response:
    """A file of a run."""
    return await _sent(service, request, lambda store: store.run_files.of_run(run_in(store, request)))


async def get_version_file(service: Service, request: Request) -> Response:
    """A file of a version, by number or alias."""

    def files(store: Store) -> Sequence[File]:
        _, place = version_in(store, request)
        return store.artifact_files.of_artifact(store.artifacts.get(place.artifact_id))

    return await _sent(service, request, files)
