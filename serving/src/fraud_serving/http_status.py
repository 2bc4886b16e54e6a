"""HTTP statuses of errors, which themselves know nothing of a transport."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fraud_contract.errors import (
    DeadlineExceeded,
    FraudError,
    HeadTooLarge,
    InvalidTensor,
    InvalidTransaction,
    MethodNotAllowed,
    PairMismatch,
    RequestError,
    RequestTimeout,
    RequestTooLarge,
    ServiceError,
    UnknownModel,
    UnknownRoute,
    UnsupportedMedia,
)

_STATUSES: Final[Mapping[type[FraudError], HTTPStatus]] = {
    FraudError: HTTPStatus.INTERNAL_SERVER_ERROR,
    RequestError: HTTPStatus.BAD_REQUEST,
    UnknownRoute: HTTPStatus.NOT_FOUND,
    UnknownModel: HTTPStatus.NOT_FOUND,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    RequestTimeout: HTTPStatus.REQUEST_TIMEOUT,
    RequestTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedMedia: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    InvalidTensor: HTTPStatus.UNPROCESSABLE_ENTITY,
    InvalidTransaction: HTTPStatus.UNPROCESSABLE_ENTITY,
    HeadTooLarge: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    ServiceError: HTTPStatus.SERVICE_UNAVAILABLE,
    PairMismatch: HTTPStatus.SERVICE_UNAVAILABLE,
    DeadlineExceeded: HTTPStatus.GATEWAY_TIMEOUT,
}


def status_of(error: FraudError) -> int:
    """The HTTP status that an error is answered with: that of the nearest class in the tree."""
    return next(int(_STATUSES[kind]) for kind in type(error).__mro__ if kind in _STATUSES)
