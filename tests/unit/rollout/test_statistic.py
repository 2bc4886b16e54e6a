"""The errors of a gate, held against all that can happen."""

from functools import cache
from math import comb, log

import numpy as np
import pytest

from fraud_rollout.judge.statistic import interval, log_evidence, needed, surely

LONGEST = 300


@cache
def rejecting(boundary: float, alpha: float, *, above: bool) -> tuple[frozenset[int], ...]:
    """By number of observations, the numbers of events that reject the boundary."""
    return tuple(
        frozenset(k for k in range(n + 1) if n and surely(k, n, boundary, alpha, above=above))
        for n in range(LONGEST + 1)
    )


def ever_rejected(rate: float, boundary: float, alpha: float, *, above: bool) -> float:
    """The chance that any look up to `LONGEST` rejects: all paths enumerated by their counts.

    Whoever stops by whatever rule rejects at most as often as one who stops at the first rejection.
    """
    alive = np.zeros(LONGEST + 2)
    alive[0], rejected = 1.0, 0.0
    for n in range(1, LONGEST + 1):
        stepped = alive * (1 - rate)
        stepped[1:] += alive[:-1] * rate
        for k in rejecting(boundary, alpha, above=above)[n]:
            rejected += stepped[k]
            stepped[k] = 0.0
        alive = stepped
    return rejected


@pytest.mark.no_cover  # some million looks
@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.0005])
@pytest.mark.parametrize("boundary", [0.004, 0.008, 0.05, 0.1, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("above", [True, False])
def test_no_stopping_rule_errs_more_often_than_promised(boundary: float, alpha: float, above: bool) -> None:
    for factor in (1.0, 0.9, 0.5):
        rate = boundary * factor if above else 1 - (1 - boundary) * factor
        assert ever_rejected(rate, boundary, alpha, above=above) <= alpha


@pytest.mark.parametrize(("rate", "above"), [(0.3, True), (0.001, False)])
def test_what_is_far_on_the_other_side_is_found(rate: float, above: bool) -> None:
    assert ever_rejected(rate, 0.05, 0.01, above=above) > 0.99


def test_the_evidence_is_the_mean_of_likelihood_ratios() -> None:
    rates = [0.004 * 2 ** (j / 2) for j in range(1, 13)]
    ratios = [(q / 0.004) ** 3 * ((1 - q) / 0.996) ** 197 for q in rates]
    assert log_evidence(3, 200, 0.004, above=True) == pytest.approx(log(sum(ratios) / 12))


@pytest.mark.parametrize("n", [1, 10, 300, 8_000, 262_045, 10**9])
def test_evidence_grows_with_events(n: int) -> None:
    counts = sorted({0, 1, n // 100, n // 3, n // 2, n - 1, n})
    for boundary in (0.001, 0.008, 0.6):
        up = [log_evidence(k, n, boundary, above=True) for k in counts]
        down = [log_evidence(k, n, boundary, above=False) for k in counts]
        assert up == sorted(up)
        assert down == sorted(down, reverse=True)


def test_the_interval_holds_the_rates_that_are_not_rejected() -> None:
    for k, n in ((0, 50), (3, 500), (52, 5_000), (500, 500)):
        low, high = interval(k, n, 0.01)
        assert low <= k / n <= high
        if low:
            assert surely(k, n, low * 0.999, 0.005, above=True)
            assert not surely(k, n, low * 1.001, 0.005, above=True)
        if high < 1:
            assert surely(k, n, high * 1.001, 0.005, above=False)
            assert not surely(k, n, high * 0.999, 0.005, above=False)
    assert interval(0, 0, 0.01) == (0.0, 1.0)


@pytest.mark.parametrize("n", [1, 2, 100, 262_045, 10**9])
def test_every_count_has_an_interval(n: int) -> None:
    for k in sorted({0, 1, n // 2, max(0, n - 1), n}):
        low, high = interval(k, n, 0.01)
        assert 0.0 <= low <= k / n <= high <= 1.0


@pytest.mark.no_cover  # same
def test_an_interval_covers_the_truth_at_every_look() -> None:
    generator = np.random.default_rng(1)
    missed = 0
    for _ in range(100):
        events = np.cumsum(generator.random(1_000) < 0.02)
        looks = [(int(events[n - 1]), n) for n in range(100, 1_001, 100)]
        missed += any(not low <= 0.02 <= high for low, high in (interval(k, n, 0.05) for k, n in looks))
    assert missed <= 0.05 * 100


def test_needed_is_where_the_evidence_suffices_at_the_same_rate() -> None:
    more = needed(2, 1_000, 0.008, 0.01, above=False)
    assert not surely(2, 1_000, 0.008, 0.01, above=False)
    total = 1_000 + more
    assert log_evidence(0.002 * total, total, 0.008, above=False) == pytest.approx(log(100), rel=0.01)
    assert needed(60, 5_000, 0.008, 0.01, above=False) == float("inf")
    assert needed(0, 0, 0.008, 0.01, above=False) == float("inf")


def test_the_binomial_tail_agrees() -> None:
    """One look at 0 events: rejecting needs (1 - b)^n small, as any test of it does."""
    n = next(n for n in range(1, 5_000) if surely(0, n, 0.008, 0.01, above=False))
    assert comb(n, 0) * (1 - 0.008) ** n < 0.01
    assert 575 < n < 800
