"""Indices of drift: zero where nothing moved, judged by chance, and an alert only where money moved too."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_contract.artifacts.loading import OutcomeReference
from fraud_contract.features import FeatureSpec, Reference, TableBlock
from fraud_contract.metrics.scores import SCORE_BOUNDS
from fraud_monitor.core.bins import Bins
from fraud_monitor.core.drift import State, chi_square, drift_of, needed_for, psi
from fraud_monitor.core.judgement import Judgement, Limits, References, judge
from fraud_monitor.core.profile import DAY, HOUR, WEEK, History, Hour, Profile

COUNTS = st.lists(st.integers(0, 10_000), min_size=2, max_size=30).filter(any)
SHARES = np.array([0.05, 0.15, 0.3, 0.25, 0.15, 0.1])


@given(COUNTS)
def test_the_index_of_a_distribution_with_itself_is_zero(counts: list[int]) -> None:
    assert pytest.approx(0.0, abs=1e-12) == psi(counts, counts)


@given(COUNTS, st.data())
def test_the_index_is_positive_and_symmetric(counts: list[int], data: st.DataObject) -> None:
    other = data.draw(st.lists(st.integers(0, 10_000), min_size=len(counts), max_size=len(counts)))
    assert pytest.approx(psi(counts, other)) == psi(other, counts)
    assert psi(counts, other) >= 0


@pytest.mark.parametrize(
    ("freedom", "share", "known"), [(10, 0.95, 18.307), (6, 0.999, 22.458), (23, 0.5, 22.337)]
)
def test_quantiles_of_chi_square_are_those_of_the_tables(freedom: int, share: float, known: float) -> None:
    assert pytest.approx(known, rel=0.01) == chi_square(freedom, share)


def test_what_is_drawn_from_the_reference_has_not_moved() -> None:
    draw, reference = np.random.default_rng(1), (SHARES * 1_000_000).tolist()
    found = {
        drift_of(
            "x", "day", reference, draw.multinomial(2_500, SHARES).tolist(), effect=0.01, covered=True
        ).state
        for _ in range(2_000)
    }
    assert {State.STABLE} == found


@pytest.mark.parametrize(
    ("payments", "covered", "expected"),
    [
        (needed_for(6, 0.01), True, State.MOVED),
        (needed_for(6, 0.01) - 1, True, State.INSUFFICIENT),
        (100_000, False, State.INSUFFICIENT),
        (0, True, State.INSUFFICIENT),
    ],
)
def test_a_shift_has_moved_once_enough_was_seen(payments: int, covered: bool, expected: State) -> None:
    live = np.roll(SHARES, 1) * payments
    drift = drift_of("x", "day", (SHARES * 1e6).tolist(), live.tolist(), effect=0.01, covered=covered)
    assert expected == drift.state


def test_without_a_reference_nothing_is_judged() -> None:
    assert State.NO_REFERENCE == drift_of("x", "day", (), (1.0, 2.0), effect=0.01, covered=True).state


SPEC = FeatureSpec(
    names=("day",),
    categories=("travel", "home"),
    blocks=(TableBlock(inputs=("day_of_week",), width=1, values=tuple((float(day),) for day in range(7))),),
    reference=Reference(
        amount_edges=(10.0, 100.0),
        amount=(50_000, 30_000, 20_000),
        hour=(5_000,) * 24,
        day_of_week=(15_000,) * 7,
        category=(60_000, 40_000, 0),
    ),
)
OUTCOME = OutcomeReference(
    score_bounds=SCORE_BOUNDS,
    scores=(99_000, *(0,) * 11, 1_000, 0),
    decisions=(99_000, 400, 600),
    expected_cost=100_000.0,
)


def profile(
    share: tuple[float, float, float] = (0.5, 0.3, 0.2), blocked: float = 0.006, unknown: float = 0.0
) -> Profile:
    """10,000 payments of a day, as in the references where nothing else is said."""
    total = 10_000.0
    return Profile(
        amounts=Bins(bounds=(10.0, 100.0), counts=tuple(total * each for each in share)),
        hours=(total / 24,) * 24,
        days=(total / 7,) * 7,
        categories={"travel": total * (0.6 - unknown), "home": total * 0.4, "unknown": total * unknown},
        scores=Bins(bounds=SCORE_BOUNDS, counts=(total * 0.99, *(0.0,) * 11, total * 0.01, 0.0)),
        decisions=(total * (0.996 - blocked), total * 0.004, total * blocked),
        expected_cost=total * (0.4 + 100 * blocked),
    )


def judged(days: list[Profile]) -> Judgement:
    hours = [
        Hour(begins=(day * DAY + hour) * HOUR, profile=each if hour == DAY - 1 else Profile())
        for day, each in enumerate(days)
        for hour in range(DAY)
    ]
    return judge(History(hours=tuple(hours[-WEEK:])), References(SPEC, OUTCOME), Limits())


SHIFTED = (0.3, 0.3, 0.4)
MONEY = "not approved, blocked, expected cost per 1,000"


@pytest.mark.parametrize(
    ("last", "alerts"),
    [
        (profile(), {}),
        (profile(SHIFTED), {}),
        (profile(blocked=0.03), {}),
        (profile(SHIFTED, blocked=0.03), {"day": "amount; not approved, blocked, expected cost per 1,000"}),
        (
            profile(unknown=0.05, blocked=0.03),
            {"day": "category; not approved, blocked, expected cost per 1,000"},
        ),
    ],
    ids=["nothing", "an input alone", "an outcome alone", "both", "an unknown category and an outcome"],
)
def test_an_alert_needs_an_input_and_an_outcome_that_moved(last: Profile, alerts: dict[str, str]) -> None:
    assert alerts == {
        span: cause for span, cause in judged([profile()] * 6 + [last]).alerts.items() if span == "day"
    }


def test_a_week_of_other_scores_and_decisions_is_an_alert_and_a_day_of_them_is_none() -> None:
    scores = Bins(bounds=SCORE_BOUNDS, counts=(9_700.0, *(0.0,) * 11, 300.0, 0.0))
    more_fraud = profile(blocked=0.018).model_copy(update={"scores": scores})
    assert {} == judged([profile()] * 6 + [more_fraud]).alerts
    found = judged([more_fraud] * 7)
    assert {"week": f"score; {MONEY}"} == found.alerts


def test_limits_are_where_a_figure_has_moved() -> None:
    found = judged([profile(SHIFTED, blocked=0.03)] * 7)
    for drift in found.drifts:
        assert drift.limit is not None
        assert (drift.state is State.MOVED) == (drift.psi is not None and drift.psi > drift.limit)
    for outcome in found.outcomes:
        assert (outcome.lower, outcome.upper) != (None, None)
        assert (outcome.state is State.MOVED) != (outcome.lower <= outcome.value <= outcome.upper)  # type: ignore[operator]


def test_a_part_of_a_day_is_no_day() -> None:
    history = History(
        hours=tuple(Hour(begins=each * HOUR, profile=profile(SHIFTED, 0.03)) for each in range(12))
    )
    found = judge(history, References(SPEC, OUTCOME), Limits())
    assert {State.INSUFFICIENT} == {each.state for each in found.drifts} | {
        each.state for each in found.outcomes
    }
