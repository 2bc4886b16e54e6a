"""A predictor that died is told from one that refuses, and from one that is not there."""

import grpc
import pytest
from grpc.aio import AioRpcError, Metadata

from fraud_contract.errors import PredictorAway
from fraud_serving.grpc.service import CODE
from fraud_transformer.scoring.predictor import _error
from fraud_transformer.scoring.scorer import PredictorDied

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("told", "details", "kind"),
    [
        ((), "Socket closed", PredictorDied),
        ((("fraud-release", "a"),), "recvmsg:Connection reset by peer", PredictorDied),
        ((), "failed to connect to all addresses", PredictorAway),
        (((CODE, "overloaded"),), "Too many messages are arriving at once.", PredictorAway),
    ],
)
def test_what_unavailable_means(
    told: tuple[tuple[str, str], ...], details: str, kind: type[Exception]
) -> None:
    assert kind is type(_error(AioRpcError(UNAVAILABLE, Metadata(), Metadata(*told), details)))
