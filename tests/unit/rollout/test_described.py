"""What a report shows of answers, held against plain counting; and pictures of whatever there is."""

from math import isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from fraud_contract.policy import DECISIONS
from fraud_rollout.evidence.describe import curves_of, moves_of, pairs_of
from fraud_rollout.report.charts import Axis, Plot, Scale
from support.rollouts.promoted import Labelled

LABELLED = Labelled.made(4_000, noise=0.3)


def test_moves_are_all_payments_that_are_decided_differently() -> None:
    moves = moves_of(LABELLED.payments, LABELLED.stable, LABELLED.candidate)
    differ = LABELLED.stable.decisions != LABELLED.candidate.decisions
    fraud = LABELLED.payments.fraud
    assert int((differ & fraud).sum()) == sum(move.frauds for move in moves)
    assert int((differ & ~fraud).sum()) == sum(move.genuine for move in moves)
    amounts = sum(move.fraud_amount + move.genuine_amount for move in moves)
    assert amounts == pytest.approx(float(LABELLED.payments.amounts[differ].sum()))
    assert all(move.before != move.after for move in moves)


def test_pairs_hold_what_differs_and_others_in_their_order() -> None:
    pairs = pairs_of(LABELLED.facts, LABELLED.stable, LABELLED.candidate)
    differ = int((LABELLED.stable.decisions != LABELLED.candidate.decisions).sum())
    shown = sum(
        one != two for one, two in zip(pairs.stable_decisions, pairs.candidate_decisions, strict=True)
    )
    assert (differ, 1_000 + differ, 4_000) == (shown, len(pairs.amounts), pairs.drawn_from)
    assert set(pairs.stable_decisions) <= set(map(int, DECISIONS))


def test_the_area_under_the_curve_is_the_average_precision() -> None:
    curve = curves_of(LABELLED.payments, LABELLED.candidate).precision_recall
    steps = np.diff(np.concatenate([[0.0], curve.x]))
    exact = average_precision_score(LABELLED.payments.fraud, LABELLED.candidate.scores)
    assert exact == pytest.approx(float((steps * np.asarray(curve.y)).sum()), abs=0.01)


values = st.floats(-1e9, 1e9, allow_nan=False)


@settings(deadline=None)
@given(values, values, st.lists(st.tuples(values, values), max_size=10))
def test_whatever_is_drawn_lies_within_the_picture(
    low: float, high: float, points: list[tuple[float, float]]
) -> None:
    plot = Plot("any", Axis("x", min(low, high), max(low, high)), Axis("y", 0, 1))
    plot.line("candidate", points).scatter("same", points).level("harmful", 0.5)
    for dot in plot.dots:
        assert plot.left <= dot.x <= plot.right
        assert plot.top <= dot.y <= plot.bottom
    assert all(isfinite(tick.at) for tick in (*plot.x_ticks, *plot.y_ticks))
    assert 1 <= len(plot.y_ticks) <= 8


@given(st.floats(1e-6, 0.5), st.floats(1.0, 1e6))
def test_marks_of_a_logarithmic_axis_are_powers_of_ten(low: float, high: float) -> None:
    ticks = Scale(low, high, 0, 100, logarithmic=True).ticks
    assert all(np.log10(tick) == pytest.approx(round(np.log10(tick))) for tick in ticks)
    assert all(low * 0.99 <= tick <= high * 1.01 for tick in ticks)
