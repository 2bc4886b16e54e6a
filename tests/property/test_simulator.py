"""Figures of any run hold together."""

import math
from dataclasses import astuple
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from fraud_simulator.figures import percentile, summarise
from fraud_simulator.outcome import Answer, Failure, Outcome
from fraud_simulator.payments import Payment, draw
from fraud_simulator.sender import requests

amounts = st.floats(0.01, 1e6).map(lambda amount: round(amount, 2))
categories = st.sampled_from(["home", "travel"])
payments = st.builds(Payment, amounts, st.integers(0, 23), st.integers(0, 6), categories, st.booleans())
ANSWERS: Final = tuple(
    Answer(decision, "fraudulent" if decision == "block" else "non-fraudulent", warned)
    for decision in ("approve", "review", "block")
    for warned in (False, True)
)
failures = st.builds(Failure, st.sampled_from(["timed out", "503 overloaded"]), st.just("Try again."))


@st.composite
def outcomes(draw_: st.DrawFn) -> Outcome:
    rows = tuple(draw_(st.lists(payments, min_size=1, max_size=4)))
    answered = st.tuples(*(st.sampled_from(ANSWERS) for _ in rows))
    return Outcome(rows, draw_(st.floats(0, 100)), draw_(answered | failures))


runs = st.lists(outcomes(), max_size=30)


@given(st.lists(st.floats(0, 1e3), min_size=1), st.floats(0, 100))
def test_a_percentile_is_the_least_value_that_enough_values_do_not_exceed(
    values: list[float], percent: float
) -> None:
    ordered = sorted(values)
    value = percentile(ordered, percent)
    share = percent * len(ordered) / 100
    assert value in ordered
    assert sum(each <= value for each in ordered) >= math.ceil(share)
    assert sum(each < value for each in ordered) < max(1, math.ceil(share))


@given(st.lists(st.floats(0, 1e3), min_size=1))
def test_percentiles_ascend_to_the_largest_value(values: list[float]) -> None:
    ordered = sorted(values)
    found = [percentile(ordered, percent) for percent in (0, 50, 90, 99, 100)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (ordered[0], ordered[-1])


@given(runs)
def test_every_payment_of_an_answered_request_is_counted_once_in_each_table(run: list[Outcome]) -> None:
    summary = summarise(run, len(run), 1.0)
    answered = [each.payments for each in run if not isinstance(each.result, Failure)]
    assert summary.payments == sum(map(len, answered))
    assert sum(row.genuine.count + row.fraud.count for row in summary.decisions) == summary.payments
    assert sum(astuple(summary.confusion)) == summary.payments
    assert summary.failed == len(run) - len(answered)


@given(runs)
def test_fraud_is_blocked_reviewed_or_missed_and_nothing_else(run: list[Outcome]) -> None:
    money = summarise(run, len(run), 1.0).money
    parts = (money.fraud_blocked, money.fraud_in_review, money.fraud_missed)
    assert sum(part.count for part in parts) == money.fraud.count
    assert math.isclose(math.fsum(part.amount for part in parts), money.fraud.amount, abs_tol=1e-6)


@given(runs)
def test_confusion_agrees_with_the_decisions(run: list[Outcome]) -> None:
    summary = summarise(run, len(run), 1.0)
    block = next(row for row in summary.decisions if row.decision == "block")
    confusion = summary.confusion
    assert (confusion.true_positive, confusion.false_positive) == (block.fraud.count, block.genuine.count)


@given(st.lists(payments, min_size=1, max_size=20), st.integers(1, 50), st.integers())
def test_a_draw_is_repeatable_and_even(all_payments: list[Payment], count: int, seed: int) -> None:
    drawn = draw(all_payments, count, seed)
    assert len(drawn) == count
    assert drawn == draw(all_payments, count, seed)
    times = [sum(each is one for each in drawn) for one in {id(each): each for each in all_payments}.values()]
    per_object = count // len(all_payments)
    if len({id(each) for each in all_payments}) == len(all_payments):
        assert set(times) <= {per_object, per_object + 1}


@given(st.lists(payments, max_size=30), st.none() | st.integers(1, 8))
def test_requests_hold_every_payment_in_order_with_an_id_of_its_own(
    all_payments: list[Payment], batch: int | None
) -> None:
    planned = requests(all_payments, batch)
    assert [each for request in planned for each in request.payments] == all_payments
    ids = [name for request in planned for name in request.ids()]
    assert len(set(ids)) == len(all_payments)
    assert all(1 <= len(request.payments) <= (batch or 1) for request in planned)
