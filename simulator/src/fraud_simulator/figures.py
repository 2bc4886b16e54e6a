"""Figures of a run: latency, decisions, confusion and money. Pure functions of its outcomes."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fraud_simulator.outcome import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fraud_simulator.outcome import Answer, Outcome
    from fraud_simulator.payments import Payment

APPROVE: Final = "approve"
REVIEW: Final = "review"
BLOCK: Final = "block"
FRAUDULENT: Final = "fraudulent"


@dataclass(frozen=True)
class FailureGroup:
    """Requests that failed in the same way, with the message of the first."""

    kind: str
    count: int
    example: str


@dataclass(frozen=True)
class Latency:
    """Milliseconds from sending a request to having its answer."""

    p50: float
    p90: float
    p99: float
    max: float


@dataclass(frozen=True)
class Tally:
    """A number of payments and their sum."""

    count: int
    amount: float


@dataclass(frozen=True)
class DecisionRow:
    """Payments that got one decision, by their truth."""

    decision: str
    genuine: Tally
    fraud: Tally


@dataclass(frozen=True)
class Confusion:
    """`prediction` against the truth; positive means fraudulent."""

    true_positive: int
    false_negative: int
    false_positive: int
    true_negative: int


@dataclass(frozen=True)
class Money:
    """What the decisions mean, in payments and in the card's currency."""

    fraud: Tally
    fraud_blocked: Tally
    fraud_in_review: Tally
    fraud_missed: Tally
    customers_stopped: Tally
    reviews: Tally


@dataclass(frozen=True)
class Summary:
    """All figures of a run. Only answered payments count in decisions, confusion and money."""

    planned: int
    """Requests that were to be sent."""
    requests: int
    payments: int
    """Answered ones."""
    warned: int
    seconds: float
    failures: tuple[FailureGroup, ...]
    latency: Latency | None
    """Of answered requests; None if there is none."""
    decisions: tuple[DecisionRow, ...]
    confusion: Confusion
    money: Money

    @property
    def failed(self) -> int:
        """Requests without an answer that counts."""
        return sum(group.count for group in self.failures)

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds if self.seconds else 0.0


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest of the ascending values that at least `percent` % of them do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def summarise(outcomes: Sequence[Outcome], planned: int, seconds: float) -> Summary:
    """The figures of `outcomes`, of `planned` requests, that took `seconds` in all."""
    answered = [outcome for outcome in outcomes if not isinstance(outcome.result, Failure)]
    pairs = [pair for outcome in answered for pair in _pairs(outcome)]
    rows = _decisions(pairs)
    return Summary(
        planned=planned,
        requests=len(outcomes),
        payments=len(pairs),
        warned=sum(answer.warned for _, answer in pairs),
        seconds=seconds,
        failures=_failures(outcomes),
        latency=_latency(sorted(outcome.seconds for outcome in answered)),
        decisions=rows,
        confusion=_confusion(pairs),
        money=_money(rows),
    )


def _pairs(outcome: Outcome) -> list[tuple[Payment, Answer]]:
    if isinstance(outcome.result, Failure):
        return []
    return [(outcome.payments[index], answer) for index, answer in enumerate(outcome.result)]


def _failures(outcomes: Iterable[Outcome]) -> tuple[FailureGroup, ...]:
    failures = [outcome.result for outcome in outcomes if isinstance(outcome.result, Failure)]
    examples = {failure.kind: failure.message for failure in reversed(failures)}
    counts = Counter(failure.kind for failure in failures)
    return tuple(FailureGroup(kind, count, examples[kind]) for kind, count in counts.most_common())


def _latency(ordered: Sequence[float]) -> Latency | None:
    if not ordered:
        return None
    p50, p90, p99, longest = (1000 * percentile(ordered, percent) for percent in (50, 90, 99, 100))
    return Latency(p50, p90, p99, longest)


def _tally(payments: Iterable[Payment]) -> Tally:
    amounts = [payment.amt for payment in payments]
    return Tally(len(amounts), math.fsum(amounts))


def _decisions(pairs: Sequence[tuple[Payment, Answer]]) -> tuple[DecisionRow, ...]:
    """The three decisions in order of severity, then any other word that the service used."""
    names = dict.fromkeys((APPROVE, REVIEW, BLOCK, *(answer.decision for _, answer in pairs)))
    return tuple(
        DecisionRow(
            name,
            genuine=_tally(p for p, answer in pairs if answer.decision == name and not p.is_fraud),
            fraud=_tally(p for p, answer in pairs if answer.decision == name and p.is_fraud),
        )
        for name in names
    )


def _confusion(pairs: Iterable[tuple[Payment, Answer]]) -> Confusion:
    cells = Counter((payment.is_fraud, answer.prediction == FRAUDULENT) for payment, answer in pairs)
    return Confusion(cells[True, True], cells[True, False], cells[False, True], cells[False, False])


def _money(rows: Sequence[DecisionRow]) -> Money:
    by_name = {row.decision: row for row in rows}
    review = by_name[REVIEW]
    return Money(
        fraud=_sum(row.fraud for row in rows),
        fraud_blocked=by_name[BLOCK].fraud,
        fraud_in_review=review.fraud,
        fraud_missed=by_name[APPROVE].fraud,
        customers_stopped=by_name[BLOCK].genuine,
        reviews=_sum((review.genuine, review.fraud)),
    )


def _sum(tallies: Iterable[Tally]) -> Tally:
    all_tallies = tuple(tallies)
    return Tally(sum(tally.count for tally in all_tallies), math.fsum(tally.amount for tally in all_tallies))
