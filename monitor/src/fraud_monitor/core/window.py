"""What a release did between two moments: the increases of all its processes' counters."""

from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from fraud_contract.metrics.counters import Increase
from fraud_contract.policy import DECISIONS
from fraud_contract.transaction import DAYS, HOURS
from fraud_monitor.core import names
from fraud_monitor.core.bins import Bins, placed

LABELS: Final = tuple(decision.label for decision in DECISIONS)
UNKNOWN: Final = "unknown"
"""Label of categories that training never saw."""


class Span(BaseModel):
    """When, in seconds since 1970, and how well it was seen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    begins: float
    ends: float
    processes: int
    """That answered the last look."""
    away: int
    """Addresses that did not."""
    restarts: int
    memory: dict[str, float] = {}
    """Resident bytes of the largest process, by component."""


class Window(BaseModel):
    """Increases within a span, by the labels that people look at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    span: Span
    requests: dict[str, dict[str, float]]
    """By route and status."""
    refused: dict[str, float]
    """Requests refused unread, by code."""
    seconds: dict[str, Bins]
    """Latency by route."""
    decisions: dict[str, dict[str, float]]
    """By category and decision."""
    scores: Bins
    score_sum: float
    """Expected frauds: the scores are calibrated."""
    amounts: Bins
    hours: tuple[float, ...]
    days: tuple[float, ...]
    unknown: float
    invalid: dict[str, dict[str, float]]
    """Fields of refused transactions, by field and problem."""
    degraded: float
    expected_cost: dict[str, float]
    """By decision, in the card's currency."""
    cpu_seconds: float

    @classmethod
    def of(cls, increase: Increase, span: Span) -> Self:
        """The window of what was counted in it."""
        buckets = increase.by_labels(names.SECONDS, "route", "le")
        return cls(
            span=span,
            requests=increase.by_labels(names.REQUESTS, "route", "status"),
            refused=increase.by_label(names.REFUSED, "code"),
            seconds={route: Bins.of(counts) for route, counts in buckets.items()},
            decisions=increase.by_labels(names.DECISIONS, "category", "decision"),
            scores=Bins.of(increase.by_label(names.SCORES, "le")),
            score_sum=increase.sum(names.SCORE_SUM),
            amounts=Bins.of(increase.by_label(names.AMOUNTS, "le")),
            hours=placed(increase.by_label(names.HOURS, "hour"), map(str, range(HOURS))),
            days=placed(increase.by_label(names.DAYS, "day"), map(str, range(DAYS))),
            unknown=increase.sum(names.UNKNOWN),
            invalid=increase.by_labels(names.INVALID, "field", "problem"),
            degraded=increase.sum(names.DEGRADED),
            expected_cost=increase.by_label(names.EXPECTED_COST, "decision"),
            cpu_seconds=increase.sum(names.CPU),
        )

    @property
    def seconds_long(self) -> float:
        """Its length."""
        return self.span.ends - self.span.begins

    @property
    def decided(self) -> dict[str, float]:
        """Decisions of all categories."""
        return {label: sum(each.get(label, 0.0) for each in self.decisions.values()) for label in LABELS}

    @property
    def payments(self) -> float:
        """All decisions."""
        return sum(self.decided.values())

    @property
    def cost_per_1000(self) -> float | None:
        """Expected cost of 1,000 payments; None without payments."""
        return 1_000 * sum(self.expected_cost.values()) / self.payments if self.payments else None
