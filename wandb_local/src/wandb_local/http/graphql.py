"""POST /graphql."""

import logging
import time

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from wandb_local.errors import InvalidRequestError
from wandb_local.graph import Request, answer
from wandb_local.graph.operations import KNOWN_OPERATIONS
from wandb_local.http.bodies import json_body
from wandb_local.http.links import RequestLinks
from wandb_local.http.replies import CountedResponse, require_key
from wandb_local.service import Service

logger = logging.getLogger("wandb_local.graphql")


async def graphql(service: Service, request: HttpRequest) -> Response:
    """Answer one GraphQL operation."""
    require_key(service, request)
    async with json_body(service, request, service.limits.query) as body:
        parsed = _parsed(body, service)
        links = RequestLinks(service.access, _base(request))
        begun = time.perf_counter()
        data = await service.call(lambda store: answer(parsed, store, links, service.viewer))
        logger.debug("%s took %.1f ms", parsed.name, 1000 * (time.perf_counter() - begun))
        return CountedResponse(service, {"data": data})


def _base(request: HttpRequest) -> str:
    """The address by which the client reached this server, with a slash at its end.

    Raises:
        InvalidRequestError: Its Host header is none.
    """
    try:
        return str(request.base_url)
    except ValueError as error:
        message = f"the Host header is not an address: {error}"
        raise InvalidRequestError(message) from error


def _parsed(body: dict[str, object], service: Service) -> Request:
    query, variables, name = body.get("query"), body.get("variables") or {}, body.get("operationName")
    if not isinstance(query, str) or not isinstance(variables, dict) or not isinstance(name, str | None):
        raise InvalidRequestError(
            "a GraphQL request has a query, and may have variables and an operationName"
        )
    parsed = Request.parse(query, variables, name, service.limits)
    if parsed.name not in KNOWN_OPERATIONS:
        logger.info("operation %s is not among those checked with wandb 0.31.0", parsed.name)
    return parsed
