"""How the services are asked and how they answer: three shapes of the same question."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.load.payments import Features, Payments, ReadyFeatures

_PROBABILITY: Final = "fraud_probability"


@dataclass(frozen=True)
class Api:
    """Paths, bodies and answers."""

    path: str
    one: Callable[[Any], Mapping[str, Any]]
    """Body for one row, such as a payment."""
    first_score: Callable[[Any], float]
    """The probability in the answer to it."""
    batch_path: str
    many: Callable[[Sequence[Any]], Mapping[str, Any]]
    """Body for many rows."""
    scores: Callable[[Any], list[float]]
    """The probabilities in the answer to it, in order."""
    rows: Callable[[Payments, Path], Payments | ReadyFeatures] = lambda payments, _: payments
    """What it is given of the payments, some of it by a release's preprocessor."""


PLAIN: Final = Api(
    path="/predict/",
    one=lambda payment: payment,
    first_score=lambda answer: float(answer[_PROBABILITY]),
    batch_path="/predict/batch",
    many=lambda payments: {"transactions": payments},
    scores=lambda answer: [each[_PROBABILITY] for each in answer["predictions"]],
)
"""The original service's API, and that of the service one would write first."""

V1: Final = Api(
    path="/v1/models/fraud:predict",
    one=lambda payment: {"instances": [payment]},
    first_score=lambda answer: float(answer["predictions"][0]),
    batch_path="/v1/models/fraud:predict",
    many=lambda payments: {"instances": payments},
    scores=lambda answer: list(answer["predictions"]),
)
"""KServe's v1 protocol."""


def _tensor(rows: Sequence[Features]) -> Mapping[str, Any]:
    data = [value for row in rows for value in row]
    shape = [len(rows), len(rows[0])]
    return {"inputs": [{"name": "features", "shape": shape, "datatype": "FP32", "data": data}]}


V2: Final = Api(
    path="/v2/models/fraud/infer",
    one=lambda row: _tensor([row]),
    first_score=lambda answer: float(answer["outputs"][0]["data"][0]),
    batch_path="/v2/models/fraud/infer",
    many=_tensor,
    scores=lambda answer: list(answer["outputs"][0]["data"]),
    rows=ReadyFeatures.of,
)
"""The Open Inference Protocol, of features."""
