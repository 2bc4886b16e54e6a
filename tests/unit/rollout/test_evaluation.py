"""What labelled payments say of two releases, held against simpler ways to the same figures."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from fraud_contract.policy import DECISIONS, CostPolicy, Costs
from fraud_rollout.judge.answers import Answers, Payments, approving_all
from fraud_rollout.judge.bootstrap import Ranking
from fraud_rollout.judge.evaluation import EvidenceUnusable, Terms, evaluate
from fraud_rollout.judge.pairs import pair_counts
from fraud_rollout.judge.verdict import Count

N = 4_000
TERMS = Terms(Costs(), resamples=500)


@pytest.fixture(scope="module")
def payments() -> Payments:
    generator = np.random.default_rng(1)
    return Payments(
        amounts=np.round(generator.lognormal(4, 1, N), 2),
        fraud=generator.random(N) < 0.05,
        categories=generator.choice(np.array(["home", "travel", "kids"], dtype=object), N, p=[0.6, 0.3, 0.1]),
    )


def answers(payments: Payments, noise: float, seed: int = 2) -> Answers:
    """Scores that know the truth, less well the more noise; decided by cost."""
    generator = np.random.default_rng(seed)
    logits = np.where(payments.fraud, 2.0, -4.0) + generator.normal(0, noise, len(payments))
    scores = (1 / (1 + np.exp(-logits))).astype(np.float32)
    return Answers(scores, CostPolicy().decide_all(scores, payments.amounts))


def cost(payments: Payments, given: Answers) -> float:
    each = [Costs().of(decision, payments.fraud, payments.amounts) for decision in DECISIONS]
    return float(np.choose(given.decisions, each).sum())


def test_the_figures_are_those_of_scikit_learn_and_of_the_policy(payments: Payments) -> None:
    stable, candidate = answers(payments, 1.5), answers(payments, 2.5)
    found = evaluate(payments, stable, candidate, TERMS)
    expected = [float(average_precision_score(payments.fraud, each.scores)) for each in (stable, candidate)]
    assert expected == pytest.approx([found.precision.stable, found.precision.candidate], rel=1e-5)
    assert found.precision.estimate == pytest.approx(expected[1] - expected[0], rel=1e-4)
    costs = [cost(payments, each) for each in (stable, candidate)]
    assert [1_000 * each / N for each in costs] == pytest.approx(
        [found.cost.stable, found.cost.candidate], rel=1e-5
    )
    assert found.cost.estimate == pytest.approx(costs[1] / costs[0] - 1, rel=1e-4)
    assert found.saved == pytest.approx(1 - costs[1] / cost(payments, approving_all(N)), rel=1e-4)


@pytest.mark.no_cover  # a thousand evaluations by scikit-learn
def test_the_spread_is_that_of_a_plain_bootstrap(payments: Payments) -> None:
    stable, candidate = answers(payments, 1.5), answers(payments, 2.5)
    found = evaluate(payments, stable, candidate, TERMS)
    generator = np.random.default_rng(3)
    frauds, genuine = np.flatnonzero(payments.fraud), np.flatnonzero(~payments.fraud)
    gaps, rises = [], []
    for _ in range(500):
        rows = np.concatenate([generator.choice(each, len(each)) for each in (frauds, genuine)])
        drawn = Payments(payments.amounts[rows], payments.fraud[rows], payments.categories[rows])
        pair = [Answers(each.scores[rows], each.decisions[rows]) for each in (stable, candidate)]
        precisions = [average_precision_score(drawn.fraud, each.scores) for each in pair]
        gaps.append(precisions[1] - precisions[0])
        rises.append(cost(drawn, pair[1]) / cost(drawn, pair[0]) - 1)
    assert found.precision.error == pytest.approx(np.std(gaps), rel=0.15)
    assert found.cost.error == pytest.approx(np.std(rises), rel=0.15)
    assert found.cost.quantile(0.05) == pytest.approx(np.quantile(rises, 0.05), abs=0.3 * np.std(rises))
    assert found.cost.quantile(0.95) == pytest.approx(np.quantile(rises, 0.95), abs=0.3 * np.std(rises))


def test_equal_answers_differ_in_nothing_and_are_sure_of_it(payments: Payments) -> None:
    stable = answers(payments, 1.5)
    found = evaluate(payments, stable, stable, TERMS)
    assert [0.0] * 6 == [
        found.cost.estimate, found.cost.error, found.precision.estimate, found.precision.error,
        found.calibration.estimate, found.calibration.error,
    ]  # fmt: skip
    assert Count(events=0, observations=N) == found.counts["decisions"]
    assert {"home", "kids", "travel"} == found.recall.keys()
    assert all(each.error > 0 for each in found.recall.values())


def test_equal_arguments_give_equal_figures(payments: Payments) -> None:
    pair = answers(payments, 1.5), answers(payments, 2.0)
    assert evaluate(payments, *pair, TERMS) == evaluate(payments, *pair, TERMS)


def test_an_uncalibrated_release_shows_in_its_mean(payments: Payments) -> None:
    stable = answers(payments, 1.5)
    inflated = replace(stable, scores=np.minimum(stable.scores * 3, np.float32(1)))
    assert evaluate(payments, stable, inflated, TERMS).calibration.quantile(0.001) > 0.2


def test_three_frauds_are_never_certain() -> None:
    fraud = np.zeros(1_000, bool)
    fraud[:3] = True
    payments = Payments(np.full(1_000, 50.0), fraud, np.full(1_000, "home", object))
    block = Answers(fraud.astype(np.float32), np.where(fraud, 2, 0).astype(np.int8))
    lost = evaluate(payments, block, approving_all(1_000), TERMS).recall["home"]
    assert -1.0 == lost.estimate
    assert lost.normal_quantile(0.9999) > -0.1


def test_many_categories_are_cut_to_the_most_frequent() -> None:
    generator = np.random.default_rng(4)
    names = np.array([f"category-{number:03}" for number in range(300)], dtype=object)
    chances = np.linspace(1, 5, 300)
    categories = generator.choice(names, N, p=chances / chances.sum())
    payments = Payments(generator.uniform(1, 100, N), generator.random(N) < 0.1, categories)
    found = evaluate(payments, answers(payments, 2), answers(payments, 2), TERMS)
    kept = [name for name in found.counts if name.startswith("decisions[")]
    assert 30 == len(kept)
    assert "decisions[(other)]" in kept
    assert N == sum(found.counts[name].observations for name in kept)


def test_counts_of_parts_add_up(payments: Payments) -> None:
    stable, candidate = answers(payments, 1.5), answers(payments, 2.5)
    whole = pair_counts(stable, candidate, payments.categories, 0.05)
    halves = [
        pair_counts(
            Answers(stable.scores[part], stable.decisions[part]),
            Answers(candidate.scores[part], candidate.decisions[part]),
            payments.categories[part],
            0.05,
        )
        for part in (slice(None, N // 2), slice(N // 2, None))
    ]
    assert whole == {name: halves[0][name] + halves[1][name] for name in whole}
    differing = int((stable.decisions != candidate.decisions).sum())
    assert Count(events=differing, observations=N) == whole["decisions"]
    ours, theirs = (int((each.decisions == 1).sum()) for each in (candidate, stable))
    assert Count(events=ours, observations=ours + theirs) == whole["reviews"]


@pytest.mark.parametrize(
    "fault", ["short", "no fraud", "only frauds", "nan", "above 1", "decision", "amount"]
)
def test_what_cannot_be_concluded_from_is_refused(payments: Payments, fault: str) -> None:
    stable = answers(payments, 1.5)
    scores, decisions = stable.scores.copy(), stable.decisions.copy()
    spoilt, given = payments, stable
    match fault:
        case "short":
            given = Answers(scores[:-1], decisions[:-1])
        case "no fraud":
            spoilt = replace(payments, fraud=np.zeros(N, bool))
        case "only frauds":
            spoilt = replace(payments, fraud=np.ones(N, bool))
        case "nan":
            scores[7] = np.nan
            given = Answers(scores, decisions)
        case "above 1":
            scores[7] = 1.5
            given = Answers(scores, decisions)
        case "decision":
            decisions[7] = 3
            given = Answers(scores, decisions)
        case "amount":
            spoilt = replace(payments, amounts=np.full(N, np.nan))
    with pytest.raises(EvidenceUnusable):
        evaluate(spoilt, stable, given, TERMS)


def test_ties_are_ranked_together() -> None:
    scores = np.array([0.5, 0.5, 0.5, 0.1], np.float32)
    fraud = np.array([True, False, False, True])
    found = Ranking.of(scores, fraud).average_precision(np.ones(2), np.ones(2, np.uint8))
    assert found == pytest.approx(average_precision_score(fraud, scores))
