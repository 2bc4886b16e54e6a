"""What the server refuses, and how it says so."""

from typing import ClassVar


class WandbLocalError(Exception):
    """Base of everything this package raises on purpose."""


class StartError(WandbLocalError):
    """The server cannot start; the message is one line that says what to do."""


class RequestError(WandbLocalError):
    """A request cannot be answered; `status` is the HTTP status that says why."""

    status: ClassVar[int] = 400


class InvalidRequestError(RequestError):
    """The request does not make sense to this server."""


class UnauthorizedError(RequestError):
    """The API key is missing or wrong."""

    status = 401


class ForbiddenError(RequestError):
    """The caller may not do this."""

    status = 403


class NotFoundError(RequestError):
    """What the request names does not exist."""

    status = 404


class ConflictError(RequestError):
    """A rule of the registry stands against the request."""

    status = 409


class BodyTimeoutError(RequestError):
    """The body came too slowly."""

    status = 408


class TooLargeError(RequestError):
    """The body exceeds the limit for its kind."""

    status = 413


class UnsupportedMediaTypeError(RequestError):
    """The body is of a kind that this route does not take."""

    status = 415


class TooCostlyError(RequestError):
    """To answer would cost more rows, text or time than one request may."""

    status = 422


class BusyError(RequestError):
    """Too much is under way at the moment; the same request may work in a second."""

    status = 503


class StorageFullError(RequestError):
    """The disk under the data directory is full; nothing of the request was kept."""

    status = 507
