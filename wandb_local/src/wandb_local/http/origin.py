"""Requests that another site makes a browser send are refused.

A browser that was given the key sends it along with every request. So what changes the registry takes JSON,
which forms cannot send and scripts of another site only after asking, and comes from this server's own pages,
if from any. No cookies are set.
"""

from starlette.requests import Request

from wandb_local.errors import ForbiddenError, UnsupportedMediaTypeError

_OWN = {"same-origin", "none"}
"""What browsers report in Sec-Fetch-Site of requests of our own pages and of their user."""


def require_same_origin(request: Request) -> None:
    """Let programs and our own pages pass.

    Raises:
        ForbiddenError: A page of another site sends it.
    """
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    foreign = request.headers.get("sec-fetch-site", "none") not in _OWN
    if foreign or (origin is not None and origin.partition("://")[2].lower() != host.lower()):
        raise ForbiddenError("pages of other sites may not send this")


def require_json(request: Request) -> None:
    """Let only what says that it is JSON pass.

    Raises:
        UnsupportedMediaTypeError: It says something else, or nothing.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        message = f"Content-Type must be application/json, got {kind[:100]!r}"
        raise UnsupportedMediaTypeError(message)
