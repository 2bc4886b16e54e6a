"""Who is told of decisions: the metrics and the recent decisions, or, for synthetic requests, nobody."""

from collections.abc import Mapping, Sequence
from hmac import compare_digest
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from fraud_contract.policy import Decision
from fraud_contract.transaction import Transaction
from fraud_transformer.telemetry.metrics import Metrics
from fraud_transformer.telemetry.recent import Recent
from fraud_transformer.transactions.facts import Facts

SYNTHETIC: Final = b"x-fraud-synthetic"
"""Header, or gRPC metadata, with the admin token of who sends a synthetic request."""


class Observer(Protocol):
    """What is told of a request and of each of its decisions."""

    synthetic: bool
    """Whether all this is for nobody's payment."""

    def requested(self, route: str, status: int, seconds: float) -> None:
        """A request was answered."""

    def decided(self, transaction: Transaction, score: float, decision: Decision) -> None:
        """A transaction was decided."""

    def decided_all(
        self, facts: Facts, scores: npt.NDArray[np.float32], decisions: npt.NDArray[np.int8]
    ) -> None:
        """Many transactions were decided; `decisions` are numbers of `Decision`."""

    def unknown_category(self) -> None:
        """A transaction had a category that training never saw."""

    def degraded(self, rows: int, code: str) -> None:
        """Transactions were decided without a score, for want of which the error has that code."""

    def refused(self, details: Sequence[Mapping[str, Any]]) -> None:
        """A request, or a line of a stream, was refused; `details` name its fields."""


class Recorder:
    """Counts and keeps the decisions of real payments."""

    synthetic = False

    def __init__(self, metrics: Metrics, recent: Recent) -> None:
        self._metrics = metrics
        self._recent = recent

    def requested(self, route: str, status: int, seconds: float) -> None:
        """Count it."""
        self._metrics.requested(route, status, seconds)

    def decided(self, transaction: Transaction, score: float, decision: Decision) -> None:
        """Count and keep it."""
        self._metrics.decided(transaction, score, decision)
        self._recent.add(transaction, score, decision)

    def decided_all(
        self, facts: Facts, scores: npt.NDArray[np.float32], decisions: npt.NDArray[np.int8]
    ) -> None:
        """Count and keep them."""
        self._metrics.decided_all(facts, scores, decisions)
        self._recent.add_all(facts, scores, decisions)

    def unknown_category(self) -> None:
        """Count it."""
        self._metrics.unknown_category()

    def degraded(self, rows: int, code: str) -> None:
        """Count them; they are no decisions of the release, and not to be replayed."""
        self._metrics.degraded(rows, code)

    def refused(self, details: Sequence[Mapping[str, Any]]) -> None:
        """Count its fields."""
        self._metrics.refused(details)


class Blind:
    """Takes no notice: golden rows, evaluations and replays would distort what is known of the traffic."""

    synthetic = True

    def requested(self, route: str, status: int, seconds: float) -> None:
        """Nothing."""

    def decided(self, transaction: Transaction, score: float, decision: Decision) -> None:
        """Nothing."""

    def decided_all(
        self, facts: Facts, scores: npt.NDArray[np.float32], decisions: npt.NDArray[np.int8]
    ) -> None:
        """Nothing."""

    def unknown_category(self) -> None:
        """Nothing."""

    def degraded(self, rows: int, code: str) -> None:
        """Nothing."""

    def refused(self, details: Sequence[Mapping[str, Any]]) -> None:
        """Nothing."""


class Observers:
    """The observer of a request: blind only for who knows the admin token."""

    def __init__(self, recorder: Recorder, admin_token: str | None) -> None:
        self._recorder = recorder
        self._token = admin_token.encode() if admin_token else None
        self._blind = Blind()

    def of(self, synthetic: bytes | None) -> Observer:
        """The observer for a request that says `x-fraud-synthetic: <admin token>`, or does not."""
        if synthetic is not None and self._token is not None and compare_digest(synthetic, self._token):
            return self._blind
        return self._recorder
