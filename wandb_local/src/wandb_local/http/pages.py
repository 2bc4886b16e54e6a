"""GET routes for people, under the same paths as W&B's own pages, so that the links the SDK prints work."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from wandb_local.errors import InvalidRequestError, NotFoundError, RequestError
from wandb_local.pages.artifacts import collection_page, version_page
from wandb_local.pages.columns import View
from wandb_local.pages.environment import render, stylesheet
from wandb_local.pages.projects import project_page, projects_page
from wandb_local.pages.runs import MOST_COMPARED, comparison_page, run_page
from wandb_local.service import Service
from wandb_local.store import Store
from wandb_local.store.records import Collection, Membership, Project, Run

# Browsers ask for a user (any) and a password (the API key).
CHALLENGE = {"WWW-Authenticate": 'Basic realm="wandb_local: any user, the API key as password"'}

_PROTECTION = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


async def show_style(_service: Service, _request: Request) -> Response:
    """The style of all pages, which says nothing about anybody."""
    return Response(stylesheet(), media_type="text/css", headers={"X-Content-Type-Options": "nosniff"})


async def _shown(service: Service, request: Request, page: Callable[[Store], str]) -> Response:
    if not service.access.admits(request.headers.get("authorization")):
        return HTMLResponse("The API key is missing or wrong.", 401, headers=CHALLENGE)
    try:
        return HTMLResponse(await service.call(page), headers=_PROTECTION)
    except RequestError as error:
        text = render("error.html", "This cannot be shown", message=str(error))
        return HTMLResponse(text, error.status, headers=_PROTECTION)


def _view(request: Request) -> View:
    query = request.query_params
    return View.read(query.get("sort", ""), query.getlist("column"), query.get("page", ""))


def project_in(store: Store, request: Request) -> Project:
    """The project of the path."""
    return store.projects.named(request.path_params["entity"], request.path_params["project"])


def run_in(store: Store, request: Request) -> Run:
    """The run of the path."""
    return store.runs.named(project_in(store, request), request.path_params["run"])


def collection_in(store: Store, request: Request) -> Collection:
    """The collection of the path."""
    return store.collections.named(project_in(store, request), request.path_params["collection"])


def version_in(store: Store, request: Request) -> tuple[Collection, Membership]:
    """The collection of the path, and the version by number or alias."""
    collection, reference = collection_in(store, request), request.path_params["version"]
    membership = store.collections.resolve(collection, reference)
    if membership is None:
        message = f"{collection.name} has no version {reference!r}"
        raise NotFoundError(message)
    return collection, membership


async def show_projects(service: Service, request: Request) -> Response:
    """All projects."""
    return await _shown(service, request, projects_page)


async def show_project(service: Service, request: Request) -> Response:
    """One project."""
    view = _view(request)
    return await _shown(service, request, lambda store: project_page(store, project_in(store, request), view))


async def show_comparison(service: Service, request: Request) -> Response:
    """Some runs side by side."""
    names = list(dict.fromkeys(request.query_params.getlist("run")))

    def page(store: Store) -> str:
        if not 1 < len(names) <= MOST_COMPARED:
            message = f"choose 2 to {MOST_COMPARED} runs to compare, not {len(names)}"
            raise InvalidRequestError(message)
        project = project_in(store, request)
        return comparison_page(store, project, [store.runs.named(project, name) for name in names])

    return await _shown(service, request, page)


async def show_run(service: Service, request: Request) -> Response:
    """One run."""
    return await _shown(
        service, request, lambda store: run_page(store, project_in(store, request), run_in(store, request))
    )


async def show_collection(service: Service, request: Request) -> Response:
    """One collection of versions."""
    view = _view(request)

    def page(store: Store) -> str:
        return collection_page(store, project_in(store, request), collection_in(store, request), view)

    return await _shown(service, request, page)


async def show_version(service: Service, request: Request) -> Response:
    """One version, by number or alias."""

    def page(store: Store) -> str:
        return version_page(store, project_in(store, request), *version_in(store, request))

    return await _shown(service, request, page)
