"""What docs/rollouts.md promises of the judge, from the recorded answers of real candidates."""

from collections.abc import Mapping

import numpy as np
import pytest

from benchmarks.rollouts.__main__ import COST, ONLINE
from benchmarks.rollouts.candidates import CATALOGUE, Expected
from benchmarks.rollouts.recorded import Recorded, cells_of, load
from benchmarks.rollouts.simulation import fails_from, passes_to, simulate
from benchmarks.rollouts.study import RATES, all_gates, one_gate
from fraud_rollout.core.state.outcome import Outcome
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_rollout.judge.answers import Answers
from fraud_rollout.judge.online import Rule, judge
from fraud_rollout.judge.pairs import pair_counts
from fraud_rollout.judge.verdict import Count, Limits, Role, Verdict

COST_AND_PRECISION = COST.model_copy(update={"precision": Strategy().precision})
HARMFUL = [each.name for each in CATALOGUE if each.expected is Expected.STOPPED and each.folder != "quick-0"]


@pytest.fixture(scope="module")
def recorded() -> Mapping[str, Recorded]:
    return {each.candidate.name: each for each in load()}


def test_thresholds_are_the_judges_verdicts() -> None:
    rule = Rule("decisions", Role.REQUIRED, 0.004, 0.008, 0.01, 0.001, 1_000)
    fails, passes = fails_from(0.004, 0.001, 1_000), passes_to(0.008, 0.01, 1_000)
    for n in range(50, 1_001, 50):
        for k in range(20):
            expected = Verdict.FAIL if k >= fails[n] else Verdict.INSUFFICIENT
            expected = Verdict.PASS if k <= passes[n] else expected
            assert expected is judge(rule, Count(events=k, observations=n)).verdict


@pytest.mark.parametrize(
    ("rate", "passing", "failing"),
    [(0, 100, 0), (16, 100, 0), (34, 97.6, 0), (40, 86, 0.2), (54, 28, 8), (80, 0.7, 89), (105, 0.1, 99.9)],
)
def test_the_table_of_a_gate_is_reproduced(rate: int, passing: float, failing: float) -> None:
    assert rate in RATES
    runs = 3_000
    passed, failed, _ = one_gate(rate / 1e4, Limits(tolerable=0.004, harmful=0.008), 50, runs)
    for expected, actual in ((passing, 100 * passed), (failing, 100 * failed)):
        error = max(0.1, 100 * np.sqrt(expected / 100 * (1 - expected / 100) / runs))
        assert actual == pytest.approx(expected, abs=4 * error)


def test_cells_hold_what_the_gates_count() -> None:
    generator = np.random.default_rng(1)
    categories = generator.choice(np.array(["home", "travel"], dtype=object), 500)
    both = [
        Answers(generator.random(500).astype(np.float32), generator.integers(0, 3, 500).astype(np.int8))
        for _ in range(2)
    ]
    cells = cells_of(both[0], both[1], categories, 0.05)
    sample = Recorded(CATALOGUE[0], load()[0].evaluation, cells)
    counted = {
        name: Count(events=int(events @ sample.sizes), observations=int(observations @ sample.sizes))
        for name, (events, observations) in sample.indicators().items()
    }
    assert pair_counts(both[0], both[1], categories, 0.05) == counted


def test_the_promises_hold_with_all_gates_on(recorded: Mapping[str, Recorded]) -> None:
    _, figures = all_gates(list(recorded.values()), 100)
    assert figures["rollouts"] >= 2_000
    assert figures["false promotion"] <= 0.01
    assert figures["false abort"] <= 0.01
    assert figures["benign held"] <= 0.01
    assert figures["median pairs of all"] <= 2_500


@pytest.mark.parametrize("name", HARMFUL)
def test_each_harmful_candidate_is_stopped_by_pairs_alone_and_by_money_alone(
    name: str, recorded: Mapping[str, Recorded]
) -> None:
    generator = np.random.default_rng(2)
    for strategy in (ONLINE, COST):
        assert 0.0 == simulate(recorded[name], strategy, 100, generator).share(Outcome.PASSED)


@pytest.mark.parametrize(
    ("name", "by"), [("quick for full", COST_AND_PRECISION), ("another quick seed", COST)]
)
def test_an_honest_but_worse_candidate_is_rejected_by_labelled_payments(
    name: str, by: Strategy, recorded: Mapping[str, Recorded]
) -> None:
    assert 1.0 == simulate(recorded[name], by, 1, np.random.default_rng(3)).share(Outcome.FAILED)
