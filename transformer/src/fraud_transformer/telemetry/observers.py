"""To whom requests and decisions are reported: metrics and recent decisions, or neither if synthetic."""

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hmac import compare_digest
from typing import Any, Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

from fraud_contract.features import CompiledFeatures
from fraud_contract.policy import Decision
from fraud_transformer.telemetry.metrics import Metrics
from fraud_transformer.telemetry.recent import Recent
from fraud_transformer.transactions.facts import Facts
from fraud_transformer.transactions.parsing import Payment

SYNTHETIC: Final = b"x-fraud-synthetic"
"""Header, or gRPC metadata, that marks a synthetic request; its value is the admin token."""
_TOGETHER: Final = 256
"""Requests, or single decisions, that are recorded together, which takes an eighth of a millisecond."""


class Observer(Protocol):
    """To whom one request and its decisions are reported."""

    synthetic: bool
    """Whether the request is for no real payment."""

    def requested(self, route: str, status: int, seconds: float) -> None:
        """Record an answered request; `status` is that of HTTP, over gRPC too."""

    def decided(self, transaction: Payment, score: float, decision: Decision) -> None:
        """Record the decision on one transaction."""

    def decided_all(
        self, facts: Facts, scores: npt.NDArray[np.float32], decisions: npt.NDArray[np.int8]
    ) -> None:
        """Record many decisions, numbers of `Decision`; all arrays have shape (n,)."""

    def unknown_category(self, rows: int = 1) -> None:
        """Record transactions of a category that training never saw."""

    def degraded(self, rows: int, code: str) -> None:
        """Record transactions decided without a score, by the code of the error that was the reason."""

    def refused(self, details: Sequence[Mapping[str, Any]]) -> None:
        """Record the fields, named in `details`, that a request or a line of a stream was refused for."""


def _numbers(kind: Literal["d", "f"]) -> array[float]:
    return array(kind)


@dataclass(slots=True)
class _Decided:
    """Single decisions in columns, as they come: to look at each payment again later would cost more."""

    amounts: array[float] = field(default_factory=partial(_numbers, "d"))
    hours: bytearray = field(default_factory=bytearray)
    days: bytearray = field(default_factory=bytearray)
    categories: list[str] = field(default_factory=list)
    scores: array[float] = field(default_factory=partial(_numbers, "f"))
    decisions: bytearray = field(default_factory=bytearray)

    def facts(self, features: CompiledFeatures) -> Facts:
        """What was decided on."""
        return Facts(
            np.frombuffer(self.amounts, np.float64),
            np.frombuffer(self.hours, np.uint8).astype(np.intp),
            np.frombuffer(self.days, np.uint8).astype(np.intp),
            self.categories,
            features.codes(self.categories),
        )


class Recorder:
    """Records the requests and decisions of real payments.

    Requests and single decisions are recorded together, a fraction of the work of each alone: when there are
    enough of them, and before anybody reads metrics or recent decisions.
    """

    synthetic = False

    def __init__(self, metrics: Metrics, recent: Recent) -> None:
        self._recent = recent
        self._metrics = metrics
        self._features = recent.features
        self._requested = defaultdict[tuple[str, int], array[float]](partial(_numbers, "d"))
        """Seconds by route and status."""
        self._requests = 0
        self._decided = _Decided()
        metrics.before_reading = recent.before_reading = self._record
        self.unknown_category = metrics.unknown_category
        self.refused = metrics.refused
        self.degraded = metrics.degraded
        """Metrics alone: these are no decisions of the release, and not to be replayed."""

    def requested(self, route: str, status: int, seconds: float) -> None:
        """Into metrics, soon."""
        self._requested[route, status].append(seconds)
        self._requests += 1
        if self._requests >= _TOGETHER:
            self._record()

    def decided(self, transaction: Payment, score: float, decision: Decision) -> None:
        """Into metrics and recent decisions, soon."""
        decided = self._decided
        decided.amounts.append(transaction.amt)
        decided.hours.append(transaction.hour)
        decided.days.append(transaction.day_of_week)
        decided.categories.append(transaction.category)
        decided.scores.append(score)
        decided.decisions.append(decision)
        if len(decided.decisions) >= _TOGETHER:
            self._record()

    def decided_all(
        self, facts: Facts, scores: npt.NDArray[np.float32], decisions: npt.NDArray[np.int8]
    ) -> None:
        """Into metrics and recent decisions."""
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
        if self._decided.decisions:
            decided, self._decided = self._decided, _Decided()
            self.decided_all(
                decided.facts(self._features),
                np.frombuffer(decided.scores, np.float32),
                np.frombuffer(decided.decisions, np.int8),
            )


def _ignore(*_: object) -> None:
    """Leave no trace."""


class NullObserver:
    """Records nothing: golden rows, evaluations and replays would distort the figures of the traffic."""

    synthetic = True
    requested = decided = decided_all = unknown_category = degraded = refused = staticmethod(_ignore)


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
