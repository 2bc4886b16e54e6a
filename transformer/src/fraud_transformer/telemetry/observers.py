"""To whom requests and decisions are reported: metrics and recent decisions, or neither if synthetic."""

from collections import defaultdict
from hmac import compare_digest
from typing import Final

import numpy as np
import numpy.typing as npt

from fraud_contract.policy import Decision
from fraud_transformer.telemetry.metrics import Metrics
from fraud_transformer.telemetry.recent import Recent
from fraud_transformer.transactions.columns import Columns, Facts
from fraud_transformer.transactions.parsing import Payment

SYNTHETIC: Final = b"x-fraud-synthetic"
"""Header, or gRPC metadata, that marks a synthetic request; its value is the admin token."""
_TOGETHER: Final = 256
"""Requests, or single decisions, that are recorded together, which takes an eighth of a millisecond."""


class Recorder:
    """Records the requests and decisions of real payments.

    Requests and single decisions are recorded together, a fraction of the work of each alone: when there are
    enough of them, and before anybody reads metrics or recent decisions.
    """

    synthetic = False
    """Whether the request is for no real payment."""

    def __init__(self, metrics: Metrics, recent: Recent) -> None:
        self._recent = recent
        self._metrics = metrics
        self._features = recent.features
        self._requested = defaultdict[tuple[str, int], list[float]](list)
        """Seconds by route and status."""
        self._requests = 0
        self._begin()
        metrics.before_reading = recent.before_reading = self._record
        self.unknown_category = metrics.unknown_category
        self.refused = metrics.refused
        self.degraded = metrics.degraded
        """Metrics alone: these are no decisions of the release, and not to be replayed."""

    def requested(self, route: str, status: int, seconds: float) -> None:
        """Record an answered request in metrics, soon; `status` is that of HTTP, over gRPC too."""
        self._requested[route, status].append(seconds)
        self._requests += 1
        if self._requests >= _TOGETHER:
            self._record()

    def _begin(self) -> None:
        self._decided = Columns([], [], [], [])
        """Single decisions, as they come: to look at each payment again later would cost more."""
        self._scores: list[float] = []
        self._decisions = bytearray()

    def decided(self, transaction: Payment, score: float, decision: Decision) -> None:
        """Record the decision on one transaction in metrics and recent decisions, soon."""
        decided = self._decided
        decided.amt.append(transaction.amt)
        decided.hour.append(transaction.hour)
        decided.day_of_week.append(transaction.day_of_week)
        decided.category.append(transaction.category)
        self._scores.append(score)
        self._decisions.append(decision)
        if len(self._decisions) >= _TOGETHER:
            self._record()

    def decided_all(
        self, facts: Facts, scores: npt.NDArray[np.float32], decisions: npt.NDArray[np.int8]
    ) -> None:
        """Record many decisions, numbers of `Decision`, in both; all arrays have shape (n,)."""
        self._record()
        self._metrics.decided_all(facts, scores, decisions)
        self._recent.add_all(facts, scores, decisions)

    def _record(self) -> None:
        """What came one by one so far."""
        if self._requests:
            for (route, status), seconds in self._requested.items():
                self._metrics.requested_all(route, status, seconds)
            self._requested.clear()
            self._requests = 0
        if self._decisions:
            facts = Facts.of(self._decided, self._features)
            scores, decisions = np.array(self._scores, np.float32), np.frombuffer(self._decisions, np.int8)
            self._begin()
            self.decided_all(facts, scores, decisions)


def _ignore(*_: object) -> None:
    """Leave no trace."""


class NullObserver:
    """Records nothing: golden rows, evaluations and replays would distort the figures of the traffic."""

    synthetic = True
    requested = decided = decided_all = unknown_category = degraded = refused = staticmethod(_ignore)


type Observer = Recorder | NullObserver
"""To whom one request and its decisions are reported."""


class Observers:
    """The observer of each request: null only for callers that know the admin token."""

    def __init__(self, recorder: Recorder, admin_token: str | None) -> None:
        self._recorder = recorder
        self._token = admin_token.encode() if admin_token else None
        self._null = NullObserver()

    def of(self, synthetic: bytes | None) -> Observer:
        """The observer of a request with this value of the header `SYNTHETIC`, None where it has none."""
        if synthetic is not None and self._token is not None and compare_digest(synthetic, self._token):
            return self._null
        return self._recorder
