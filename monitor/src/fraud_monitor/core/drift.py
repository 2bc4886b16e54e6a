"""How far a distribution has moved from its reference: the population stability index, and when it counts.

    PSI = sum over bins of (live share - reference share) * ln(live share / reference share)

Where nothing moved it is not zero: n payments in k bins against m in the reference give (k - 1)(1/n + 1/m) on
average, and PSI / (1/n + 1/m) follows a chi-square distribution of k - 1 degrees of freedom (Yurdakul and
Naranjo, "Statistical properties of the population stability index", 2020). So an index counts as moved only
where chance does not explain it, and where what is beyond chance is large enough to matter.
"""

from collections.abc import Sequence
from enum import StrEnum
from math import ceil, log
from statistics import NormalDist
from typing import Final

from pydantic import BaseModel, ConfigDict

CHANCE: Final = 1e-6
"""Of an index that is called moved where nothing moved; nine are looked at in every window."""
_HALF: Final = 0.5
"""Added to every bin, so that an empty one has a logarithm; half a payment (Jeffreys)."""


class State(StrEnum):
    """What a figure of drift says."""

    STABLE = "stable"
    MOVED = "moved"
    INSUFFICIENT = "insufficient"
    NO_REFERENCE = "no reference"


class Drift(BaseModel):
    """One distribution against its reference."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    span: str
    psi: float | None
    """None without payments or without a reference."""
    by_chance: float | None
    """What the index would be on average where nothing moved."""
    limit: float | None = None
    """Index above which it has moved; None where it is not judged."""
    payments: float
    needed: int
    """Payments below which the index says nothing."""
    state: State


def psi(reference: Sequence[float], live: Sequence[float]) -> float:
    """The index of two distributions in the same bins."""
    expected = _shares(reference)
    return sum((a - e) * log(a / e) for e, a in zip(expected, _shares(live), strict=True))


def needed_for(bins: int, effect: float) -> int:
    """Payments of which chance alone gives an index of no more than half the effect."""
    return ceil(2 * (bins - 1) / effect)


def drift_of(  # noqa: PLR0913 - a figure and all that it is judged by
    name: str,
    span: str,
    reference: Sequence[float],
    live: Sequence[float],
    *,
    effect: float,
    covered: bool,
) -> Drift:
    """The index of one distribution and what it says; `covered` where the span was seen as a whole."""
    payments, known = sum(live), sum(reference)
    needed = needed_for(max(2, len(live)), effect)
    if not known or len(reference) != len(live):
        state = State.NO_REFERENCE if payments or not known else State.INSUFFICIENT
        return Drift(
            name=name, span=span, psi=None, by_chance=None, payments=payments, needed=needed, state=state
        )
    if not payments:
        state, index, by_chance, limit = State.INSUFFICIENT, None, None, None
    else:
        index = psi(reference, live)
        scale = 1 / payments + 1 / known
        by_chance = (len(live) - 1) * scale
        limit = max(chi_square(len(live) - 1, 1 - CHANCE) * scale, by_chance + effect)
        state = State.MOVED if index > limit else State.STABLE
        if payments < needed or not covered:
            state, limit = State.INSUFFICIENT, None
    return Drift(
        name=name,
        span=span,
        psi=index,
        by_chance=by_chance,
        limit=limit,
        payments=payments,
        needed=needed,
        state=state,
    )


def chi_square(freedom: int, share: float) -> float:
    """The value that `share` of a chi-square distribution does not exceed (Wilson and Hilferty, 1931)."""
    part = 2 / (9 * freedom)
    return float(freedom * (1 - part + NormalDist().inv_cdf(share) * part**0.5) ** 3)


def _shares(counts: Sequence[float]) -> list[float]:
    total = sum(counts) + _HALF * len(counts)
    return [(count + _HALF) / total for count in counts]
