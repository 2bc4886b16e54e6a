"""Values counted in bins, as the counters of a release have them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import Self

from pydantic import BaseModel, ConfigDict

from fraud_contract.metrics.histogram import Histogram


class Bins(BaseModel):
    """Counts of values in (bound i - 1, bound i]; the first bin has no lower bound, the last no upper one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bounds: tuple[float, ...] = ()
    """Finite, ascending."""
    counts: tuple[float, ...] = ()
    """One more than bounds; none where nothing was ever counted."""

    @classmethod
    def of(cls, buckets: Mapping[str, float]) -> Self:
        """Of Prometheus's cumulative buckets by the label `le`."""
        ordered = sorted((float(bound.replace("+Inf", "inf")), count) for bound, count in buckets.items())
        cumulative = [0.0, *(count for _, count in ordered)]
        return cls(
            bounds=tuple(bound for bound, _ in ordered if bound != inf),
            counts=tuple(after - before for before, after in pairwise(cumulative)),
        )

    @property
    def total(self) -> float:
        """All values."""
        return sum(self.counts)

    def quantile(self, share: float) -> float | None:
        """As `Histogram.quantile`."""
        cumulative = tuple(sum(self.counts[: index + 1]) for index in range(len(self.counts)))
        return Histogram((*self.bounds, inf) if cumulative else (), cumulative).quantile(share)

    def __add__(self, other: Self) -> Self:
        """Both together; bins of other bounds (another artifact's) replace the former ones."""
        if not self.counts or self.bounds != other.bounds:
            return other if other.counts else self
        return type(self)(bounds=self.bounds, counts=added(self.counts, other.counts))


def added(one: Sequence[float], other: Sequence[float]) -> tuple[float, ...]:
    """Both, place by place; an empty one counts as zeros."""
    if not one or not other:
        return tuple(one or other)
    return tuple(each + more for each, more in zip(one, other, strict=True))


def placed(counts: Mapping[str, float], places: Iterable[str]) -> tuple[float, ...]:
    """The count of each place in its order; 0 where there is none."""
    return tuple(counts.get(place, 0.0) for place in places)
