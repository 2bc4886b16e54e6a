"""Each error is answered with the HTTP status of the nearest class in the tree."""

import pytest

from fraud_contract.errors import (
    ArtifactCorrupt,
    DeadlineExceeded,
    FraudError,
    InvalidTransaction,
    MalformedRequest,
    MethodNotAllowed,
    Overloaded,
    PairMismatch,
    RegistryUnavailable,
    UnknownModel,
)
from fraud_serving.http_status import status_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (FraudError("x"), 500),
        (ArtifactCorrupt("x"), 500),
        (RegistryUnavailable("x"), 500),
        (MalformedRequest("x"), 400),
        (UnknownModel("x"), 404),
        (MethodNotAllowed("x", ("GET",)), 405),
        (InvalidTransaction("x"), 422),
        (Overloaded("x"), 503),
        (PairMismatch("x"), 503),
        (DeadlineExceeded("x"), 504),
    ],
)
def test_statuses(error: FraudError, status: int) -> None:
    assert status == status_of(error)
