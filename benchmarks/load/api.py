"""How the services are asked and how they answer: two shapes of the same question."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.load.payments import Payment

_PROBABILITY: Final = "fraud_probability"


@dataclass(frozen=True)
class Api:
    """Paths, bodies and answers."""

    path: str
    one: Callable[[Payment], Mapping[str, Any]]
    """Body for one payment."""
    first_score: Callable[[Any], float]
    """The probability in the answer to it."""
    batch_path: str
    many: Callable[[Sequence[Payment]], Mapping[str, Any]]
    """Body for many payments."""
    scores: Callable[[Any], list[float]]
    """The probabilities in the answer to it, in order."""


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
