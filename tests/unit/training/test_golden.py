"""Golden rows hold what may go wrong between training and serving."""

import numpy as np
import pytest

from fraud_contract.policy import CostPolicy, Policy, ThresholdPolicy
from fraud_training.evaluation.payments import Payments
from fraud_training.preprocessing.prepared import prepare
from fraud_training.preprocessing.proof import EDGES, UNKNOWN_NAMES
from fraud_training.release.golden import Golden, golden_of, golden_rows
from support.artifacts.transactions import CATEGORIES, transactions

KNOWN = transactions(20_000).astype({"category": "category"})
PREPARED = prepare(KNOWN)


def score(features: np.ndarray) -> np.ndarray:
    return np.clip(features[:, 0] / 4, 0, 1).astype(np.float32)


def golden(policy: Policy) -> Golden:
    columns = (KNOWN["amt"], KNOWN["hour"], KNOWN["day_of_week"], KNOWN["category"].tolist())
    scores = score(PREPARED.compiled.rows(*columns))
    known = Payments(
        scores, KNOWN["amt"].to_numpy(), KNOWN["is_fraud"].to_numpy(), KNOWN["category"].to_numpy()
    )
    chosen = golden_rows(CATEGORIES, KNOWN, known, policy, np.random.default_rng(0))
    return golden_of(chosen, PREPARED.compiled, score, policy)


def test_every_value_of_every_input_occurs() -> None:
    rows = golden(CostPolicy()).model
    assert set(rows.category) == {*CATEGORIES, *UNKNOWN_NAMES}
    assert set(rows.hour) == set(range(24))
    assert set(rows.day_of_week) == set(range(7))
    assert set(EDGES) <= set(rows.amt)


@pytest.mark.parametrize("policy", [ThresholdPolicy(review=0.3, block=0.6), CostPolicy()])
def test_decisions_turn_close_by(policy: Policy) -> None:
    rows = golden(policy).model
    close = [
        (policy.decide(score * 0.98, amount), policy.decide(min(score * 1.02, 1), amount))
        for score, amount in zip(rows.score, rows.amt, strict=True)
    ]
    assert {(0, 1), (1, 2)} <= {turn for turn in close if turn[0] != turn[1]}


def test_no_decision_hangs_on_the_last_bits_of_a_score() -> None:
    policy = ThresholdPolicy(review=0.3, block=0.6)
    rows = golden(policy).model
    real = slice(10 * (len(CATEGORIES) + len(UNKNOWN_NAMES)) + len(EDGES), None)
    for value, amount, decision in zip(rows.score[real], rows.amt[real], rows.decision[real], strict=True):
        assert policy.decide(value - 1e-6, amount) == decision == policy.decide(value + 1e-6, amount)


def test_both_artifacts_hold_the_same_rows_and_features() -> None:
    both = golden(CostPolicy())
    assert (both.preprocessor.features, both.preprocessor.amt) == (both.model.features, both.model.amt)
    assert (both.preprocessor.score, both.preprocessor.decision) == ((), ())
    compiled = PREPARED.compiled
    model = both.model
    first = compiled.row(model.amt[0], model.hour[0], model.day_of_week[0], model.category[0])
    assert model.features[0] == tuple(np.frombuffer(first, "<f4").tolist())
