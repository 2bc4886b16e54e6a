"""Everything a release's last day and week say against its references, and whether it is an alert."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict

from fraud_contract.artifacts.loading import OutcomeReference
from fraud_contract.features import FeatureSpec
from fraud_monitor.core.bins import placed
from fraud_monitor.core.drift import Drift, State, drift_of
from fraud_monitor.core.outcome import OutcomeDrift, outcomes_of
from fraud_monitor.core.profile import DAY, WEEK, History, Profile
from fraud_monitor.core.window import UNKNOWN

SPANS: Final = {"day": DAY, "week": WEEK}
"""Hours of each span."""
_SEEN: Final = 0.95
"""Share of a span's hours in which the release must have been seen: a part of a day has other payments."""
SCORE: Final = "score"
DAY_OF_WEEK: Final = "day_of_week"


@dataclass(frozen=True)
class Limits:
    """From where on something has moved."""

    psi: float = 0.01
    """Beyond what chance gives."""
    factor: float = 1.25
    """Of an outcome, up or down."""


@dataclass(frozen=True)
class References:
    """What distributions are compared with."""

    spec: FeatureSpec | None
    outcome: OutcomeReference | None


class Judgement(BaseModel):
    """All figures of drift at one moment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    drifts: tuple[Drift, ...] = ()
    outcomes: tuple[OutcomeDrift, ...] = ()

    @property
    def alerts(self) -> dict[str, str]:
        """By span what moved, where both an input, or over a week the score, and an outcome did.

        Neither alone is an alert. Inputs alone move whenever customers do. Outcomes follow the fraud rate, as
        they should, and so does the score; but in its bins where decisions are made, over a week, it moves by
        more than the limit only where there is about twice the fraud. The day of the week moves with the
        season, as soon as one half of a week is busier.
        """
        found = dict[str, str]()
        for span in SPANS:
            silent = {DAY_OF_WEEK} if span == "week" else {SCORE, DAY_OF_WEEK}
            inputs = [name for name in _moved(self.drifts, span) if name not in silent]
            outcomes = _moved(self.outcomes, span)
            if inputs and outcomes:
                found[span] = f"{', '.join(inputs)}; {', '.join(outcomes)}"
        return found


def judge(history: History, references: References, limits: Limits) -> Judgement:
    """The last day and the last week against the references."""
    drifts, outcomes = list[Drift](), list[OutcomeDrift]()
    for span, hours in SPANS.items():
        profile, seen = history.last(hours)
        covered = seen >= _SEEN * hours
        drifts += _drifts(profile, references, span, limits, covered=covered)
        outcomes += outcomes_of(profile, references.outcome, span, factor=limits.factor, covered=covered)
    return Judgement(drifts=tuple(drifts), outcomes=tuple(outcomes))


def _drifts(
    profile: Profile, references: References, span: str, limits: Limits, *, covered: bool
) -> list[Drift]:
    pairs: dict[str, tuple[Sequence[float], Sequence[float]]] = {}
    if references.spec is not None:
        known, names = references.spec.reference, (*references.spec.categories, UNKNOWN)
        pairs["amount"] = known.amount, profile.amounts.counts
        pairs["hour"] = known.hour, profile.hours
        if span == "week":  # one day has one day of the week
            pairs[DAY_OF_WEEK] = known.day_of_week, profile.days
        pairs["category"] = known.category, placed(profile.categories, names)
    if references.outcome is not None:
        pairs[SCORE] = references.outcome.scores, profile.scores.counts
    return [
        drift_of(
            name,
            span,
            reference,
            live or (0.0,) * len(reference),
            effect=limits.psi,
            covered=covered,
        )
        for name, (reference, live) in pairs.items()
    ]


def _moved(figures: Sequence[Drift] | Sequence[OutcomeDrift], span: str) -> list[str]:
    return [each.name for each in figures if each.span == span and each.state is State.MOVED]
