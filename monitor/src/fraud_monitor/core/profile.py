"""Distributions of a release's payments over hours, days and weeks."""

from collections.abc import Iterable
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from fraud_monitor.core.bins import Bins, added
from fraud_monitor.core.window import LABELS, Window

HOUR: Final = 3_600.0
DAY: Final = 24
WEEK: Final = 168
"""Hours."""


class Profile(BaseModel):
    """Payments by input, score and decision."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    amounts: Bins = Bins()
    hours: tuple[float, ...] = ()
    days: tuple[float, ...] = ()
    categories: dict[str, float] = {}
    scores: Bins = Bins()
    decisions: tuple[float, ...] = (0.0,) * len(LABELS)
    expected_cost: float = 0.0
    score_sum: float = 0.0

    @classmethod
    def of(cls, window: Window) -> Self:
        """That of one window."""
        decided = window.decided
        return cls(
            amounts=window.amounts,
            hours=window.hours,
            days=window.days,
            categories={name: sum(each.values()) for name, each in window.decisions.items()},
            scores=window.scores,
            decisions=tuple(decided[label] for label in LABELS),
            expected_cost=sum(window.expected_cost.values()),
            score_sum=window.score_sum,
        )

    @property
    def payments(self) -> float:
        """All of them."""
        return sum(self.decisions)

    def __add__(self, other: Self) -> Self:
        """Both together."""
        names = self.categories.keys() | other.categories.keys()
        return type(self)(
            amounts=self.amounts + other.amounts,
            hours=added(self.hours, other.hours),
            days=added(self.days, other.days),
            categories={
                name: self.categories.get(name, 0.0) + other.categories.get(name, 0.0)
                for name in sorted(names)
            },
            scores=self.scores + other.scores,
            decisions=added(self.decisions, other.decisions),
            expected_cost=self.expected_cost + other.expected_cost,
            score_sum=self.score_sum + other.score_sum,
        )


class Hour(BaseModel):
    """The payments that were seen in one hour of the clock."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    begins: float
    """Seconds since 1970."""
    profile: Profile


class History(BaseModel):
    """The last week, hour by hour."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hours: tuple[Hour, ...] = ()

    def adding(self, window: Window) -> Self:
        """With one window more, in the hour of its end; what is older than a week goes.

        What a clock that was ahead put into hours to come goes too, but for the next one: clocks are set
        back by seconds all the time.
        """
        begins = window.span.ends // HOUR * HOUR
        profile = Profile.of(window)
        known = tuple(each for each in self.hours if each.begins <= begins + HOUR)
        if known and (last := known[-1]).begins >= begins:
            hours = (*known[:-1], Hour(begins=last.begins, profile=last.profile + profile))
        else:
            hours = (*known, Hour(begins=begins, profile=profile))
        oldest = begins - (WEEK - 1) * HOUR
        return type(self)(hours=tuple(each for each in hours if each.begins >= oldest))

    def last(self, hours: int) -> tuple[Profile, int]:
        """The payments of so many hours up to the last one, and in how many of these the release was seen."""
        if not self.hours:
            return Profile(), 0
        oldest = self.hours[-1].begins - (hours - 1) * HOUR
        within = [each.profile for each in self.hours if each.begins >= oldest]
        return together(within), len(within)


def together(profiles: Iterable[Profile]) -> Profile:
    """All of them as one."""
    return sum(profiles, Profile())
