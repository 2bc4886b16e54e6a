"""Evidence against a rate that may be looked at as often as one likes.

`log_evidence` is the logarithm of a mixture of likelihood ratios. Under any rate on the boundary's own side
it is a supermartingale, so the chance that it ever reaches log(1/alpha) is at most alpha, at whatever moment
one stops (Ville 1939; Robbins 1970; Howard et al. 2021; Gruenwald et al. 2024).
"""

from functools import lru_cache
from math import exp, inf, log, log1p
from typing import Final

_STEP: Final = 2**0.5
_STEPS: Final = 12
"""Alternatives reach to 64 times the boundary, or a 64th of it."""
_MOST: Final = 0.5
"""No alternative above, for boundaries below it: what is more frequent is found at once all the same."""
_ENDLESS: Final = 1e12
_HALVINGS: Final = 24
_CERTAIN: Final = 30.0
"""Log odds of 1 less 1e-13: as near to 1 as double precision still tells apart."""


@lru_cache(maxsize=256)
def _alternatives(boundary: float, *, above: bool) -> tuple[tuple[float, float], ...]:
    """For each alternative rate, the logarithms that one event and one other observation add."""
    factors = (_STEP**step if above else _STEP**-step for step in range(1, _STEPS + 1))
    ceiling = max(_MOST, (1 + boundary) / 2)
    rates = sorted({min(boundary * factor, ceiling) for factor in factors})
    return tuple((log(rate / boundary), log1p(-rate) - log1p(-boundary)) for rate in rates)


def log_evidence(events: float, observations: float, boundary: float, *, above: bool) -> float:
    """Log evidence that the rate of events lies above (or below) `boundary`, which is within (0, 1)."""
    others = observations - events
    logs = [events * hit + others * miss for hit, miss in _alternatives(boundary, above=above)]
    top = max(logs)
    return top + log(sum(exp(each - top) for each in logs) / len(logs))


def surely(events: int, observations: int, boundary: float, alpha: float, *, above: bool) -> bool:
    """Whether the rate lies above (below) `boundary`, wrong with a chance of at most `alpha` at any look."""
    return log_evidence(events, observations, boundary, above=above) >= log(1 / alpha)


def interval(events: int, observations: int, alpha: float) -> tuple[float, float]:
    """The rates that are not rejected, each side at alpha / 2: valid at every look."""
    if not observations:
        return 0.0, 1.0
    rate = events / observations
    return (
        _edge(events, observations, rate, alpha / 2, above=True) if events else 0.0,
        _edge(events, observations, rate, alpha / 2, above=False) if events < observations else 1.0,
    )


def _edge(events: int, observations: int, rate: float, alpha: float, *, above: bool) -> float:
    """The boundary at which evidence begins to reject, by bisection in the log odds."""
    low, high = (-_CERTAIN, _logit(rate)) if above else (_logit(rate), _CERTAIN)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        rejected = surely(events, observations, _rate(middle), alpha, above=above)
        low, high = (middle, high) if rejected == above else (low, middle)
    return _rate(high if above else low)


def _logit(rate: float) -> float:
    if rate <= 0:
        return -_CERTAIN
    return _CERTAIN if rate >= 1 else log(rate / (1 - rate))


def _rate(logit: float) -> float:
    return 1 / (1 + exp(-logit))


def needed(events: int, observations: int, boundary: float, alpha: float, *, above: bool) -> float:
    """More observations until the evidence suffices, if events keep their rate; infinite if it never does."""
    if not observations:
        return inf
    rate = events / observations
    if (rate > boundary) != above or rate == boundary:
        return inf
    target = log(1 / alpha)

    def reached(total: float) -> bool:
        return log_evidence(rate * total, total, boundary, above=above) >= target

    low = high = float(observations)
    while not reached(high):
        low, high = high, high * 2
        if high > _ENDLESS:
            return inf
    while high - low > max(1.0, high / 1000):
        middle = (low + high) / 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high - observations
