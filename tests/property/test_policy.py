"""Deciding one payment and deciding many are the same, and severity grows with the score."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fraud_contract.calibration import Calibration
from fraud_contract.policy import CostPolicy, Costs, ThresholdPolicy

scores = st.floats(0, 1, width=32)
amounts = st.floats(0.01, 1e9)
payments = st.lists(st.tuples(scores, amounts), min_size=1, max_size=50)
thresholds = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted)
costs = st.builds(
    Costs,
    chargeback_fee=st.floats(0, 1e4),
    review_cost=st.floats(0, 1e4),
    review_recall=st.floats(0, 1),
    false_block_cost=st.floats(0, 1e4),
)
policies = st.one_of(
    thresholds.map(lambda pair: ThresholdPolicy(review=pair[0], block=pair[1])),
    costs.map(lambda each: CostPolicy(costs=each)),
)


@given(policy=policies, payments=payments)
def test_one_by_one_equals_all_at_once(
    policy: ThresholdPolicy | CostPolicy, payments: list[tuple[float, float]]
) -> None:
    columns = np.array(payments)
    together = policy.decide_all(columns[:, 0].astype(np.float32), columns[:, 1])
    assert [policy.decide(score, amount) for score, amount in payments] == together.tolist()


@given(policy=policies, pair=st.tuples(scores, scores).map(sorted), amount=amounts)
def test_a_higher_score_is_never_decided_milder(
    policy: ThresholdPolicy | CostPolicy, pair: list[float], amount: float
) -> None:
    if isinstance(policy, ThresholdPolicy):
        assert policy.decide(pair[0], amount) <= policy.decide(pair[1], amount)
    elif policy.decide(pair[0], amount) == 2:
        assert policy.decide(pair[1], amount) == 2


@given(
    margins=st.lists(st.floats(-1e4, 1e4, width=32), min_size=2, max_size=50).map(sorted),
    slope=st.floats(0.1, 10),
    intercept=st.floats(-5, 5),
)
def test_calibration_keeps_the_order_and_stays_within_0_and_1(
    margins: list[float], slope: float, intercept: float
) -> None:
    given_margins = np.array(margins, np.float32)
    probabilities = Calibration(slope=slope, intercept=intercept).probabilities(given_margins)
    assert probabilities.dtype == np.float32
    assert np.all(np.diff(probabilities) >= 0)
    assert np.all((probabilities > 0) & (probabilities <= 1))
