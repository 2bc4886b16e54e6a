"""All routes."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wandb_local.http.blobs import get_artifact_file, get_blob, put_blob
from wandb_local.http.file_stream import file_stream
from wandb_local.http.graphql import graphql
from wandb_local.http.replies import endpoint, unroutable
from wandb_local.service import Service


async def healthz(_request: Request) -> Response:
    """Whether the server is up; needs no key."""
    return JSONResponse({"status": "ok"})


def application(service: Service) -> Starlette:
    """The ASGI application over a service. What has no route is answered 404 before any key is looked at."""
    birth = "/artifactsV2/{region}/{entity}/{project}/{collection}/{birth}/{digest}/{name:path}"
    with_id = "/artifactsV2/{region}/{entity}/{project}/{collection}/{artifact}/{birth}/{digest}/{name}"
    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/graphql", endpoint(service, graphql), methods=["POST"]),
            Route(
                "/files/{entity}/{project}/{run}/file_stream",
                endpoint(service, file_stream),
                methods=["POST"],
            ),
            Route("/blobs/{blob}", endpoint(service, put_blob), methods=["PUT"]),
            Route("/blobs/{blob}", endpoint(service, get_blob), methods=["GET"]),
            Route(with_id, endpoint(service, get_artifact_file)),
            Route(birth, endpoint(service, get_artifact_file)),
        ],
        exception_handlers={HTTPException: unroutable},
    )
