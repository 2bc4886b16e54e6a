"""All routes."""

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wandb_local.http.blobs import get_artifact_file, get_blob, put_blob
from wandb_local.http.file_stream import file_stream
from wandb_local.http.files import get_run_file, get_version_file
from wandb_local.http.framing import OneLength
from wandb_local.http.graphql import graphql
from wandb_local.http.pages import (
    show_collection,
    show_comparison,
    show_project,
    show_projects,
    show_run,
    show_style,
    show_version,
)
from wandb_local.http.replies import Endpoint, Handler, JsonResponse, endpoint, unroutable
from wandb_local.service import Service

_FALLBACK = "/artifactsV2/{region}/{entity}/{project}/{collection}"

_ROUTES: Mapping[tuple[str, str], Handler] = {
    ("POST", "/graphql"): graphql,
    ("POST", "/files/{entity}/{project}/{run}/file_stream"): file_stream,
    ("PUT", "/blobs/{blob}"): put_blob,
    ("GET", "/blobs/{blob}"): get_blob,
    ("GET", f"{_FALLBACK}/{{artifact}}/{{birth}}/{{digest}}/{{name}}"): get_artifact_file,
    ("GET", f"{_FALLBACK}/{{birth}}/{{digest}}/{{name}}"): get_artifact_file,
    ("GET", "/"): show_projects,
    ("GET", "/style.css"): show_style,
    ("GET", "/{entity}/{project}"): show_project,
    ("GET", "/{entity}/{project}/compare"): show_comparison,
    ("GET", "/{entity}/{project}/runs/{run}"): show_run,
    ("GET", "/{entity}/{project}/runs/{run}/files/{path:path}"): get_run_file,
    ("GET", "/{entity}/{project}/artifacts/{type}/{collection}"): show_collection,
    ("GET", "/{entity}/{project}/artifacts/{type}/{collection}/{version}"): show_version,
    (
        "GET",
        "/{entity}/{project}/artifacts/{type}/{collection}/{version}/files/{path:path}",
    ): get_version_file,
}
"""Handlers by method and path; of two that fit, the first."""


def healthz(service: Service) -> Endpoint:
    """Whether the server is up and its store works; needs no key, and does not wait for the store."""

    async def answer(_request: Request) -> Response:
        if service.stuck():
            return JsonResponse({"status": "the store is stuck in a request"}, status_code=503)
        return JsonResponse({"status": "ok"})

    return answer


def application(service: Service) -> Starlette:
    """The ASGI application over a service. What has no route is answered 404 before any key is looked at."""
    routes = [
        Route(path, endpoint(service, handler), methods=[method])
        for (method, path), handler in _ROUTES.items()
    ]
    return Starlette(
        routes=[Route("/healthz", healthz(service)), *routes],
        middleware=[Middleware(OneLength)],
        exception_handlers={HTTPException: unroutable},
    )
