"""Figures of a run, by hand."""

from fraud_simulator.figures import (
    Confusion,
    DecisionRow,
    FailureGroup,
    Latency,
    Money,
    Tally,
    summarise,
)
from fraud_simulator.outcome import Answer, Failure, Outcome
from fraud_simulator.payments import Payment

APPROVED = Answer("approve", "non-fraudulent", warned=True)
REVIEWED = Answer("review", "non-fraudulent", warned=False)
BLOCKED = Answer("block", "fraudulent", warned=False)
AWAY = Failure("503 predictor_away", "No predictor answers.")


def payment(amount: float, *, fraud: bool = False) -> Payment:
    return Payment(amount, 12, 3, "grocery_pos", is_fraud=fraud)


def outcome(seconds: float, *pairs: tuple[Payment, Answer]) -> Outcome:
    return Outcome(tuple(pair[0] for pair in pairs), seconds, tuple(pair[1] for pair in pairs))


OUTCOMES = (
    outcome(0.010, (payment(10), APPROVED), (payment(20), REVIEWED)),
    outcome(0.030, (payment(500, fraud=True), BLOCKED)),
    outcome(0.020, (payment(40, fraud=True), APPROVED), (payment(80, fraud=True), REVIEWED)),
    outcome(0.040, (payment(5), BLOCKED)),
    Outcome((payment(1000, fraud=True),), 9.0, AWAY),
    Outcome((payment(7),), 9.0, Failure("timed out", "timed out")),
    Outcome((payment(8),), 9.0, Failure("503 predictor_away", "A later message.")),
)


def test_decisions_are_counted_by_truth_with_their_amounts() -> None:
    assert summarise(OUTCOMES, 10, 2.0).decisions == (
        DecisionRow("approve", genuine=Tally(1, 10), fraud=Tally(1, 40)),
        DecisionRow("review", genuine=Tally(1, 20), fraud=Tally(1, 80)),
        DecisionRow("block", genuine=Tally(1, 5), fraud=Tally(1, 500)),
    )


def test_a_prediction_is_right_or_wrong_by_the_truth() -> None:
    assert summarise(OUTCOMES, 10, 2.0).confusion == Confusion(
        true_positive=1, false_negative=2, false_positive=1, true_negative=2
    )


def test_money_leaves_unanswered_payments_out() -> None:
    assert summarise(OUTCOMES, 10, 2.0).money == Money(
        fraud=Tally(3, 620),
        fraud_blocked=Tally(1, 500),
        fraud_in_review=Tally(1, 80),
        fraud_missed=Tally(1, 40),
        customers_stopped=Tally(1, 5),
        reviews=Tally(2, 100),
    )


def test_failures_are_grouped_with_the_first_message_of_each_kind() -> None:
    summary = summarise(OUTCOMES, 10, 2.0)
    assert summary.failures == (
        FailureGroup("503 predictor_away", 2, "No predictor answers."),
        FailureGroup("timed out", 1, "timed out"),
    )
    assert (summary.failed, summary.requests, summary.planned, summary.payments) == (3, 7, 10, 6)


def test_latency_is_that_of_answered_requests_in_milliseconds() -> None:
    summary = summarise(OUTCOMES, 10, 2.0)
    assert summary.latency == Latency(20.0, 40.0, 40.0, 40.0)
    assert (summary.rate, summary.warned) == (3.5, 2)


def test_a_run_without_an_answer_has_no_latency() -> None:
    summary = summarise(OUTCOMES[4:5], 1, 0.0)
    assert (summary.latency, summary.rate, summary.payments) == (None, 0.0, 0)


def test_an_unknown_decision_gets_a_row_of_its_own() -> None:
    strange = outcome(0.01, (payment(3), Answer("delay", "non-fraudulent", warned=False)))
    assert summarise((strange,), 1, 1.0).decisions[3] == DecisionRow("delay", Tally(1, 3), Tally(0, 0))
