"""What is replayed covers the day in the proportion of the traffic, whatever the pods still hold."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud_contract.artifacts.dataset import Dataset
from fraud_rollout.evidence.facts import Facts
from fraud_rollout.evidence.recent import Ring, sample
from fraud_rollout.judge.answers import Answers
from support.artifacts.datasets import small_dataset

HOURS = 24


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return small_dataset(tmp_path_factory.mktemp("data") / "data", 5_000)


def ring(decided: list[int], kept: int) -> Ring:
    """A pod that decided so much by hour, and holds at most `kept` of each."""
    hours = np.repeat(np.arange(HOURS, dtype=np.int8), np.minimum(decided, kept))
    n = len(hours)
    facts = Facts(np.arange(1.0, n + 1), hours, np.zeros(n, np.int8), np.full(n, "travel", object))
    return Ring(np.asarray(decided), facts, Answers(np.full(n, 0.5, np.float32), np.ones(n, np.int8)))


by_hour = st.lists(st.integers(0, 400), min_size=HOURS, max_size=HOURS)
rings = st.lists(st.builds(ring, by_hour, st.integers(1, 300)), max_size=3)


@settings(deadline=None)
@given(rings, st.integers(100, 1_000), st.integers(0, 5))
def test_no_row_is_taken_twice_and_the_whole_day_is_covered(
    dataset: Dataset, pods: list[Ring], size: int, seed: int
) -> None:
    drawn = sample(pods, dataset, size, np.random.default_rng(seed))
    assert len(drawn) <= size
    assert size - HOURS <= len(drawn)
    live = drawn.facts.amounts[drawn.live]
    assert all(np.sum(live == amount) <= len(pods) for amount in live)
    assert 0 == drawn.hours_missing
    assert {0.5} >= set(drawn.served.scores[drawn.live].tolist())


@settings(deadline=None)
@given(by_hour.filter(lambda counts: sum(counts) > 0 and min(counts) > 0), st.integers(500, 2_000))
def test_each_hour_has_its_share_of_the_traffic(dataset: Dataset, counts: list[int], size: int) -> None:
    drawn = sample([ring(counts, 10_000)], dataset, size, np.random.default_rng(0))
    expected = np.asarray(counts) / sum(counts) * len(drawn)
    # Hours with less than one row's share are given one by the others.
    given_away = HOURS / len(drawn) * expected
    assert (np.abs(np.bincount(drawn.facts.hours, minlength=HOURS) - expected) <= 2 + given_away).all()


@settings(deadline=None)
@given(rings, st.integers(HOURS, 1_000), st.integers(0, 5))
def test_every_hour_that_a_pod_remembers_has_a_real_payment(pods: list[Ring], size: int, seed: int) -> None:
    drawn = sample(pods, None, size, np.random.default_rng(seed))
    remembered = {hour for pod in pods for hour in pod.facts.hours.tolist()}
    assert remembered == set(drawn.facts.hours.tolist())


def test_one_busy_hour_leaves_the_others_a_row(dataset: Dataset) -> None:
    busy = ring([1] * 23 + [100_000], 2_000)
    assert 0 == sample([busy], None, 100, np.random.default_rng(0)).hours_missing
    assert [1] * 23 + [77] == np.bincount(
        sample([busy], dataset, 100, np.random.default_rng(0)).facts.hours
    ).tolist()


def test_hours_that_the_dataset_does_not_know_are_replayed_too(dataset: Dataset) -> None:
    nights = replace(dataset, hours=np.minimum(dataset.hours, 5))
    drawn = sample([ring([0] * 6 + [1] * 18, 1)], nights, 100, np.random.default_rng(0))
    assert (18, 18, 0) == (int(drawn.live.sum()), drawn.hours_live, drawn.hours_missing)


def test_no_pod_is_preferred_where_there_are_fewer_places_than_pods() -> None:
    pods = [ring([100] * HOURS, 100) for _ in range(4)]
    for pod, category in zip(pods, "abcd", strict=True):
        pod.facts.categories[:] = category
    drawn = [sample(pods, None, HOURS, np.random.default_rng(seed)) for seed in range(100)]
    names, counts = np.unique(np.concatenate([each.facts.categories for each in drawn]), return_counts=True)
    assert [*"abcd"] == names.tolist()
    assert 100 * HOURS == counts.sum()
    assert (np.abs(counts - 600) < 100).all()


def test_a_sample_smaller_than_the_day_covers_the_busiest_hours() -> None:
    drawn = sample([ring([1] * 12 + [50] * 12, 50)], None, 12, np.random.default_rng(0))
    assert set(range(12, 24)) == set(drawn.facts.hours.tolist())


def test_pods_give_as_much_as_they_decided(dataset: Dataset) -> None:
    busy, idle = ring([300] * HOURS, 300), ring([100] * HOURS, 300)
    idle.facts.categories[:] = "grocery_pos"
    drawn = sample([busy, idle], dataset, 960, np.random.default_rng(0))
    assert 240 == np.sum(drawn.facts.categories == "grocery_pos")
    assert drawn.live.all()


def test_hours_without_traffic_have_the_share_and_the_payments_of_the_dataset(dataset: Dataset) -> None:
    drawn = sample([ring([400] * 12 + [0] * 12, 400)], dataset, 1_200, np.random.default_rng(0))
    usual = np.bincount(dataset.hours, minlength=HOURS) / len(dataset)
    silent = np.bincount(drawn.facts.hours[~drawn.live], minlength=HOURS)
    assert 12 == drawn.hours_live
    assert 0 == silent[:12].sum()
    assert (np.abs(silent[12:] - usual[12:] * 1_200) <= 2).all()


def test_what_the_rings_no_longer_hold_is_topped_up(dataset: Dataset) -> None:
    drawn = sample([ring([100] * HOURS, 10)], dataset, 960, np.random.default_rng(0))
    assert (960, 240, 24, 0) == (len(drawn), int(drawn.live.sum()), drawn.hours_live, drawn.hours_missing)


def test_without_a_dataset_hours_stay_missing() -> None:
    drawn = sample([ring([40] * 12 + [0] * 12, 400)], None, 240, np.random.default_rng(0))
    assert (240, 12) == (len(drawn), drawn.hours_missing)
    assert (0, 24) == (
        len(sample([], None, 240, np.random.default_rng(0))),
        sample([], None, 240, np.random.default_rng(0)).hours_missing,
    )


def test_it_is_shuffled_so_that_each_part_covers_the_day(dataset: Dataset) -> None:
    drawn = sample([ring([100] * HOURS, 100)], dataset, 2_400, np.random.default_rng(0))
    assert set(range(HOURS)) == set(drawn.facts.hours[:200].tolist())


def test_categories_that_callers_make_up_are_counted_together(dataset: Dataset) -> None:
    pod = ring([100] * HOURS, 100)
    pod.facts.categories[::2] = [f"made-up-{each}" for each in range(len(pod.facts) // 2)]
    pod.facts.categories[1::10] = "\x1b[2J"
    drawn = sample([pod], dataset, 2_400, np.random.default_rng(0))
    assert {"travel", "(other)"} == set(drawn.categories.tolist())
    assert (drawn.facts.categories == "travel").sum() == (drawn.categories == "travel").sum()
