"""Ratios and whether they reach what was asked."""

from dataclasses import replace

import pytest

from benchmarks.figures.goals import GOALS, Better, Goal, Outcome, Summaries
from benchmarks.services.variants import KSERVE, PAIR

_OURS = ("pair", "standalone")


def _outcome(summaries: Summaries, what: str, variant: str) -> Outcome:
    return next(
        goal.judge(summaries) for goal in GOALS if goal.what.startswith(what) and goal.variant == variant
    )


@pytest.mark.parametrize(
    ("value", "reached", "aim_reached"), [(3, True, True), (2.5, True, False), (2.4, False, False)]
)
def test_where_more_is_better_the_bound_is_a_floor(
    summaries: Summaries, value: float, reached: bool, aim_reached: bool
) -> None:
    outcome = Goal("", "pair", lambda _: value, Better.HIGHER, 2.5, 3).judge(summaries)
    assert (reached, aim_reached) == (outcome.reached, outcome.aim_reached)


@pytest.mark.parametrize(
    ("value", "reached", "aim_reached"), [(1.5, True, True), (2, True, False), (2.1, False, False)]
)
def test_where_less_is_better_the_bound_is_a_ceiling(
    summaries: Summaries, value: float, reached: bool, aim_reached: bool
) -> None:
    outcome = Goal("", "pair", lambda _: value, Better.LOWER, 2, 1.5).judge(summaries)
    assert (reached, aim_reached) == (outcome.reached, outcome.aim_reached)


def test_without_an_aim_none_is_reached(summaries: Summaries) -> None:
    assert not Goal("", "pair", lambda _: 1, Better.LOWER, 2).judge(summaries).aim_reached


def test_rates_are_against_the_better_form_of_the_first_service(summaries: Summaries) -> None:
    assert pytest.approx(12_500 / 250) == _outcome(summaries, "requests/s at 64", "pair").value
    assert pytest.approx(12_500 / 250) == _outcome(summaries, "rows/s", "pair").value


def test_rates_are_against_mlservers(summaries: Summaries) -> None:
    rates = [_outcome(summaries, "requests/s at 64 connections, against (f)", each) for each in _OURS]
    assert [pytest.approx(10), pytest.approx(20)] == [each.value for each in rates]


def test_a_gateways_headers_are_against_the_variants_own_rate(summaries: Summaries) -> None:
    assert pytest.approx(0.9) == _outcome(summaries, "with a gateway's headers", "pair").value


def test_rates_with_a_gateways_headers_are_against_the_first_service_with_them(summaries: Summaries) -> None:
    outcome = _outcome(summaries, "the same with a gateway's headers", "pair")
    assert pytest.approx(12_500 / 250) == outcome.value
    assert 68 == outcome.goal.bound


def test_latency_is_against_the_better_form_of_the_first_service(summaries: Summaries) -> None:
    assert pytest.approx(250 / 12_500) == _outcome(summaries, "p50", "pair").value


def test_the_tail_is_against_the_variants_own_median(summaries: Summaries) -> None:
    assert pytest.approx(1.7) == _outcome(summaries, "p99 / p50", "standalone").value


def test_memory_is_absolute(summaries: Summaries) -> None:
    outcome = _outcome(summaries, "memory", "pair")
    assert (250, True, True) == (outcome.value, outcome.reached, outcome.aim_reached)


def test_cold_starts_are_those_of_the_transformers(summaries: Summaries) -> None:
    slower = replace(summaries[KSERVE.name], starts=summaries[PAIR.name].starts[::-1])
    outcome = _outcome({**summaries, KSERVE.name: slower}, "the transformer's cold start", "pair")
    assert pytest.approx(0.7 / 1.5) == outcome.value
