"""Rounds summed up."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures.measurements import Mean, Point, Round, Spread, Summary
from benchmarks.in_turn import turns
from benchmarks.load.burst import point
from benchmarks.load.wrk import Load
from benchmarks.services.variants import KSERVE, PAIR, STANDALONE


def _round(scale: float, batch_rate: float | None = None) -> Round:
    one = Point(100 * scale, scale, 2 * scale, 50, 0.01)
    return Round({1: one}, replace(one, rate=90 * scale), batch_rate, 200 + scale, (scale, 1.0))


def test_a_spread_is_median_least_and_greatest() -> None:
    assert Spread(3, 1, 9) == Spread.of([9, 1, 3])


def test_an_even_number_of_rounds_has_its_median_between_two() -> None:
    assert Spread(2.5, 1, 9) == Spread.of([9, 1, 2, 3])


@given(st.lists(st.floats(0, 1e9), min_size=1))
def test_the_median_lies_within_the_spread(values: list[float]) -> None:
    spread = Spread.of(values)
    assert spread.low <= spread.median <= spread.high


def test_a_mean_lies_within_what_its_values_leave_open() -> None:
    noisy = Mean.of([0.09, 0.11, 0.1, 0.08, 0.12] * 8)
    assert pytest.approx(0.1) == noisy.mean
    assert 0.09 < noisy.low < noisy.mean < noisy.high < 0.11  # 1.96 standard errors are 0.0044
    assert Mean(3, 3, 3) == Mean.of([3.0])


def test_a_summary_takes_each_figure_over_the_rounds() -> None:
    summary = Summary.of([_round(1, 1_000), _round(3, 3_000), _round(2, 2_000)])
    assert Spread(200, 100, 300) == summary.points[1].rate
    assert Spread(180, 90, 270) == summary.gateway.rate
    assert Spread(2, 1, 3) == summary.points[1].p50_ms
    assert Spread(4, 2, 6) == summary.points[1].p99_ms
    assert Spread(2_000, 1_000, 3_000) == summary.batch_rate
    assert Spread(202, 201, 203) == summary.memory_mib
    assert (Spread(2, 1, 3), Spread(1, 1, 1)) == summary.starts


def test_a_service_without_batches_has_no_batch_rate() -> None:
    assert Summary.of([_round(1)]).batch_rate is None


def test_cpu_time_is_per_request_and_the_rest_is_foreign() -> None:
    measured = point(Load(2.0, 1_000, 0, 1.5, 3.0), own_seconds=0.5, busy_seconds=0.6)
    assert pytest.approx(500) == measured.cpu_us
    assert pytest.approx(0.05) == measured.foreign
    assert (500, 1.5, 3.0) == (measured.rate, measured.p50_ms, measured.p99_ms)


def test_counting_in_ticks_never_makes_foreign_work_negative() -> None:
    assert point(Load(2.0, 10, 0, 1, 1), own_seconds=0.51, busy_seconds=0.5).foreign == 0


def test_the_order_is_reversed_in_every_other_round() -> None:
    order = [variant.name for _, variant in turns((KSERVE, PAIR, STANDALONE), 3)]
    there, back = ["kserve", "pair", "standalone"], ["standalone", "pair", "kserve"]
    assert [*there, *back, *there] == order
