"""The latest decisions, kept so that any hour of the day can be replayed in the proportion of the traffic.

A fault in the hour of payments is invisible from noon to four; a sample that is to show it must hold the
night too. So each hour of the day has its own ring, and a sample takes from each as much as its traffic.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from fraud_contract.features import CompiledFeatures
from fraud_contract.policy import DECISIONS
from fraud_contract.transaction import HOURS
from fraud_transformer.transactions.columns import Facts

_AGEING: Final = 1_000_000
"""Decisions after which all counts are halved: the proportions are those of the last days, not of ever."""


def apportioned(size: int, counts: Sequence[int]) -> list[int]:
    """`size` places in proportion to `counts`: by largest remainders, but none that counts goes without.

    Where there are fewer places than counts, those that count most have one each.
    """
    total = sum(counts)
    if not total:
        return [0] * len(counts)
    quotas = [size * count / total for count in counts]
    places = [max(1, int(quota)) if quota else 0 for quota in quotas]

    def short(index: int) -> float:
        return quotas[index] - places[index]

    while (left := size - sum(places)) > 0:
        for index in sorted(range(len(counts)), key=short, reverse=True)[:left]:
            places[index] += 1
    while sum(places) > size:
        several = [index for index, each in enumerate(places) if each > 1]
        places[min(several or [index for index, each in enumerate(places) if each], key=short)] -= 1
    return places


@dataclass(frozen=True, slots=True)
class Decided:
    """The four facts of a payment, its score and its decision; no id, nothing else is kept."""

    amt: float
    hour: int
    day_of_week: int
    category: str
    score: float
    """As it was served: a float32, so that a replay can be compared to the last bit."""
    decision: str


class Recent:
    """Rings of decisions by hour of the day, at most `capacity` in all: sixteen bytes each.

    Categories are kept as codes of `features`; only those that training never saw by name.
    """

    def __init__(self, capacity: int, features: CompiledFeatures) -> None:
        self.features = features
        self._size = max(1, capacity // HOURS)
        shape = (HOURS, self._size)
        self._amounts = np.empty(shape, np.float64)
        self._days = np.empty(shape, np.int8)
        self._categories = np.empty(shape, np.int16)
        self._unknown: dict[tuple[int, int], str] = {}
        """Names of categories that training never saw, by place."""
        self._scores = np.empty(shape, np.float32)
        self._decisions = np.empty(shape, np.int8)
        self._written = [0] * HOURS
        self._counts = [0] * HOURS
        self._total = 0
        self.before_reading: Callable[[], None] = lambda: None
        """Called before they are read; set by whoever has something to keep yet."""

    def add_all(self, facts: Facts, scores: npt.NDArray[np.float32], decisions: npt.NDArray[np.int8]) -> None:
        """Keep decisions, given as numbers of `Decision`; all arrays have shape (n,)."""
        counts = np.bincount(facts.hours, minlength=HOURS)
        order = np.argsort(facts.hours.astype(np.uint8), kind="stable")  # of bytes: sorted by counting
        hours = facts.hours[order]
        ranks = np.arange(len(facts)) - (np.cumsum(counts) - counts)[hours]
        kept = ranks >= (counts - self._size)[hours]  # of more than a ring holds the last
        order, hours, ranks = order[kept], hours[kept], ranks[kept]
        places = hours, (np.array(self._written)[hours] + ranks) % self._size
        self._amounts[places] = facts.amounts[order]
        self._days[places] = facts.days[order]
        self._categories[places] = codes = facts.codes[order]
        for at in np.flatnonzero(codes == self.features.unknown).tolist():
            self._unknown[int(hours[at]), int(places[1][at])] = facts.categories[order[at]]
        self._scores[places] = scores[order]
        self._decisions[places] = decisions[order]
        for hour in np.flatnonzero(counts).tolist():
            self._count(hour, int(counts[hour]))

    def _count(self, hour: int, count: int) -> None:
        self._written[hour] += count
        self._counts[hour] += count
        self._total += count
        if self._total >= _AGEING:
            self._counts = [count // 2 for count in self._counts]
            self._total = sum(self._counts)

    @property
    def counts(self) -> tuple[int, ...]:
        """Decisions by hour of the day, older ones counting less."""
        self.before_reading()
        return tuple(self._counts)

    def sample(self, size: int) -> list[Decided]:
        """At most `size` of the latest decisions, from each hour in proportion to its traffic.

        An hour whose ring is shorter than its share gives all.
        """
        self.before_reading()
        shares = apportioned(size, self._counts)
        return [each for hour, share in enumerate(shares) for each in self._latest(hour, share)]

    def _latest(self, hour: int, number: int) -> Iterator[Decided]:
        written = self._written[hour]
        for each in range(written - min(number, written, self._size), written):
            place = hour, each % self._size
            yield Decided(
                amt=float(self._amounts[place]),
                hour=hour,
                day_of_week=int(self._days[place]),
                category=self._category(place),
                score=float(self._scores[place]),
                decision=DECISIONS[self._decisions[place]].label,
            )

    def _category(self, place: tuple[int, int]) -> str:
        code = int(self._categories[place])
        known = self.features.spec.categories
        return self._unknown[place] if code == self.features.unknown else known[code]
