"""The latest decisions, kept so that any hour of the day can be replayed in the proportion of the traffic.

A fault in the hour of payments is invisible from noon to four; a sample that is to show it must hold the
night too. So each hour of the day has its own ring, and a sample takes from each as much as its traffic.
"""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fraud_contract.policy import Decision
from fraud_contract.transaction import HOURS, Transaction
from fraud_transformer.columns import Columns

_Facts = tuple[float, int, int, str, Decision]

_AGEING: Final = 1_000_000
"""Decisions after which all counts are halved: the proportions are those of the last days, not of ever."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The four facts of a payment and what was decided; no id, no score, nothing else is kept."""

    amt: float
    hour: int
    day_of_week: int
    category: str
    decision: str


class Recent:
    """Rings of decisions by hour of the day, at most `capacity` in all: some 200 bytes each."""

    def __init__(self, capacity: int) -> None:
        self._rings: list[deque[_Facts]] = [deque(maxlen=max(1, capacity // HOURS)) for _ in range(HOURS)]
        self._counts = [0] * HOURS
        self._total = 0

    def add(self, transaction: Transaction, decision: Decision) -> None:
        """Keep a decision."""
        hour = transaction.hour
        self._rings[hour].append(
            (transaction.amt, hour, transaction.day_of_week, transaction.category, decision)
        )
        self._count(hour, 1)

    def add_all(self, columns: Columns, decisions: Sequence[Decision]) -> None:
        """Keep many decisions."""
        keep = [ring.append for ring in self._rings]
        for facts in zip(
            columns.amt, columns.hour, columns.day_of_week, columns.category, decisions, strict=True
        ):
            keep[facts[1]](facts)
        for hour, count in Counter(columns.hour).items():
            self._count(hour, count)

    def _count(self, hour: int, count: int) -> None:
        self._counts[hour] += count
        self._total += count
        if self._total >= _AGEING:
            self._counts = [count // 2 for count in self._counts]
            self._total = sum(self._counts)

    @property
    def counts(self) -> tuple[int, ...]:
        """Decisions by hour of the day, older ones counting less."""
        return tuple(self._counts)

    def sample(self, size: int) -> list[Decided]:
        """At most `size` of the latest decisions, from each hour in proportion to its traffic.

        An hour that had traffic gives at least one; an hour whose ring is shorter than its share gives all.
        """
        if not self._total:
            return []
        sample = []
        for ring, count in zip(self._rings, self._counts, strict=True):
            share = max(1, size * count // self._total) if count else 0
            sample += [_decided(*each) for each in list(ring)[-share:] if share]
        return sample[:size]


def _decided(amt: float, hour: int, day_of_week: int, category: str, decision: Decision) -> Decided:
    return Decided(amt, hour, day_of_week, category, decision.label)
