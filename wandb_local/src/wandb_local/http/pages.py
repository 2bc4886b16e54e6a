"""GET routes for people, under the same paths as W&B's own pages, so that the links the SDK prints work."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from wandb_local.errors import NotFoundError
from wandb_local.pages.artifacts import collection_page, version_page
from wandb_local.pages.projects import project_page, projects_page
from wandb_local.pages.runs import run_page
from wandb_local.service import Service
from wandb_local.store import Store

_PROTECTION = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


async def _shown(service: Service, request: Request, render: Callable[[Store], str]) -> Response:
    if not service.access.admits(request.headers.get("authorization")):
        # Browsers ask for a user (any) and a password (the API key).
        challenge = {"WWW-Authenticate": 'Basic realm="wandb_local: any user, the API key as password"'}
        return HTMLResponse("The API key is missing or wrong.", 401, headers=challenge)
    return HTMLResponse(await service.call(render), headers=_PROTECTION)


async def show_projects(service: Service, request: Request) -> Response:
    """All projects."""
    return await _shown(service, request, projects_page)


async def show_project(service: Service, request: Request) -> Response:
    """One project."""
    path = request.path_params
    return await _shown(
        service,
        request,
        lambda store: project_page(store, store.projects.named(path["entity"], path["project"])),
    )


async def show_run(service: Service, request: Request) -> Response:
    """One run."""
    path = request.path_params

    def render(store: Store) -> str:
        project = store.projects.named(path["entity"], path["project"])
        return run_page(store, project, store.runs.named(project, path["run"]))

    return await _shown(service, request, render)


async def show_collection(service: Service, request: Request) -> Response:
    """One collection of versions."""
    path = request.path_params

    def render(store: Store) -> str:
        project = store.projects.named(path["entity"], path["project"])
        return collection_page(store, project, store.collections.named(project, path["collection"]))

    return await _shown(service, request, render)


async def show_version(service: Service, request: Request) -> Response:
    """One version, by number or alias."""
    path = request.path_params

    def render(store: Store) -> str:
        project = store.projects.named(path["entity"], path["project"])
        collection = store.collections.named(project, path["collection"])
        membership = store.collections.resolve(collection, path["version"])
        if membership is None:
            message = f"{collection.name} has no version {path['version']!r}"
            raise NotFoundError(message)
        return version_page(store, project, collection, membership)

    return await _shown(service, request, render)
