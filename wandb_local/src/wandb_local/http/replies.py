"""How refusals look, route by route."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from wandb_local.errors import BusyError, RequestError, UnauthorizedError
from wandb_local.limits import KIB
from wandb_local.service import Service
from wandb_local.values.json_text import written
from wandb_local.values.plain_text import plain

_PIECE: Final = 64 * KIB
"""Bytes of an answer that are sent at once: before the next the caller must have taken most of them."""

logger = logging.getLogger("wandb_local")

type Endpoint = Callable[[Request], Awaitable[Response]]
type Handler = Callable[[Service, Request], Awaitable[Response]]


class JsonResponse(Response):
    """A JSON answer."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        """The content as JSON that every reader takes."""
        return written(content)


class CountedResponse(JsonResponse):
    """A JSON answer of any size, counted until its caller has taken all but a piece of it."""

    def __init__(self, service: Service, content: object) -> None:
        super().__init__(content)
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it piece by piece, or refuse where too much is on its way to others."""
        size = len(self.body)
        try:
            self._service.take_answer(size)
        except BusyError as error:
            await refusal(error.status, str(error))(scope, receive, send)
            return
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            for start in range(0, size, _PIECE):
                piece = bytes(self.body[start : start + _PIECE])
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._service.release_answer(size)


def require_key(service: Service, request: Request) -> None:
    """Let only holders of the API key pass.

    Raises:
        UnauthorizedError: The key is missing or wrong.
    """
    if not service.access.admits(request.headers.get("authorization")):
        raise UnauthorizedError("user is not logged in: the API key is missing or wrong")


def endpoint(service: Service, handler: Handler) -> Endpoint:
    """The handler, answering refusals in the form the SDK reads."""

    @wraps(handler)
    async def answer(request: Request) -> Response:
        try:
            return await handler(service, request)
        except RequestError as error:
            return refusal(error.status, str(error))
        except ClientDisconnect:
            return Response(status_code=400)
        except asyncio.CancelledError:  # by uvicorn, when the server stops and its time to drain is over
            return refusal(503, "the server is stopping: send it again when it is back")
        except Exception:  # a defect of this server: in full in the log, in short to the client
            logger.exception("%s %s failed", request.method, request.scope["path"])
            return refusal(500, "internal error: see the server's log")

    return answer


def refusal(status: int, message: str) -> Response:
    """An error in the form of GraphQL, which the SDK shows to its user, in his terminal."""
    message = plain(message)
    return JsonResponse(
        {"errors": [{"message": message}], "data": None, "error": message}, status_code=status
    )


async def unroutable(_request: Request, error: Exception) -> Response:
    """No such route, or not with this method; answered before any key is looked at."""
    assert isinstance(error, HTTPException)  # noqa: S101 - what this handler is registered for
    return refusal(error.status_code, error.detail)
