"""Errors answer with their status, code and details."""

import pytest

from fraud_contract.errors import (
    DeadlineExceeded,
    FraudError,
    InvalidTransaction,
    MethodNotAllowed,
    Overloaded,
    PairMismatch,
    UnknownModel,
)


def test_the_body_of_an_error() -> None:
    error = InvalidTransaction("amt must be above 0.", [{"field": "amt"}])
    assert error.body() == {"error": "amt must be above 0.", "code": "invalid", "details": [{"field": "amt"}]}


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (FraudError("x"), 500, None),
        (UnknownModel("x"), 404, None),
        (MethodNotAllowed("x", ("GET",)), 405, None),
        (InvalidTransaction("x"), 422, None),
        (Overloaded("x"), 503, 1),
        (PairMismatch("x"), 503, 5),
        (DeadlineExceeded("x"), 504, 1),
    ],
)
def test_statuses(error: FraudError, status: int, retry_after: int | None) -> None:
    assert (status, retry_after) == (error.status, error.retry_after)
