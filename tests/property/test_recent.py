"""Recent decisions are bounded, and a sample covers the hours as the traffic does."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fraud_contract.features import CompiledFeatures, FeatureSpec, Reference, TableBlock
from fraud_contract.policy import Decision
from fraud_transformer.telemetry.recent import Recent, apportioned
from fraud_transformer.transactions.parsing import Payment
from support.decided import arrays_of

FEATURES = CompiledFeatures(
    FeatureSpec(
        names=("category",),
        categories=("home", "travel"),
        blocks=(TableBlock(inputs=("category",), width=1, values=((0.0,), (1.0,), (2.0,))),),
        reference=Reference(
            amount_edges=(), amount=(0,), hour=(0,) * 24, day_of_week=(0,) * 7, category=(0,) * 3
        ),
    )
)


def payment(hour: int, amt: float = 1.0) -> Payment:
    return Payment(amt=amt, hour=hour, day_of_week=0, category="travel")


def keep(recent: Recent, payment: Payment, score: float, decision: Decision) -> None:
    recent.add_all(*arrays_of(FEATURES, [(payment, score, decision)]))


@given(hours=st.lists(st.integers(0, 23), max_size=300), size=st.integers(0, 400))
def test_a_sample_is_no_larger_than_asked_and_counts_are_of_all(hours: list[int], size: int) -> None:
    recent = Recent(240, FEATURES)
    for hour in hours:
        keep(recent, payment(hour), 0.25, Decision.APPROVE)
    sample = recent.sample(size)
    assert len(sample) <= min(size, 240)
    assert [Counter(hours)[hour] for hour in range(24)] == list(recent.counts)
    assert {each.hour for each in sample} <= set(hours)


def test_hours_are_sampled_in_proportion_and_none_is_left_out() -> None:
    recent = Recent(24_000, FEATURES)
    for hour, count in ((12, 900), (23, 90), (3, 9)):
        for number in range(count):
            keep(recent, payment(hour, amt=number + 1), 0.25, Decision.REVIEW)
    taken = Counter(each.hour for each in recent.sample(111))
    assert {12: 100, 23: 10, 3: 1} == taken


@given(size=st.integers(0, 6_000), counts=st.lists(st.integers(0, 10**6), min_size=24, max_size=24))
def test_places_are_in_proportion_and_none_that_counts_goes_without(size: int, counts: list[int]) -> None:
    places, counting = apportioned(size, counts), sum(map(bool, counts))
    assert (size if counting else 0) == sum(places)
    assert [] == [place for place, count in zip(places, counts, strict=True) if place and not count]
    if size >= counting:
        assert [bool(count) for count in counts] == [bool(place) for place in places]
    for place, count in zip(places, counts, strict=True):
        assert place <= size * count / max(1, sum(counts)) + 1


def test_in_a_small_sample_no_hour_is_cut_off_for_being_late() -> None:
    recent = Recent(24_000, FEATURES)
    for hour in (*range(24), *range(12, 24)):
        keep(recent, payment(hour), 0.25, Decision.APPROVE)
    assert list(range(12, 24)) == [each.hour for each in recent.sample(12)]
    assert list(range(24)) == [each.hour for each in recent.sample(24)]


def test_the_latest_are_kept() -> None:
    recent = Recent(48, FEATURES)
    for number in range(10):
        keep(recent, payment(5, amt=number + 1), number / 16, Decision.BLOCK)
    assert [9.0, 10.0] == [each.amt for each in recent.sample(10)]
    assert [8 / 16, 9 / 16] == [each.score for each in recent.sample(10)]
    assert {"block"} == {each.decision for each in recent.sample(10)}


def test_an_unknown_category_keeps_its_name_until_its_place_is_taken() -> None:
    recent = Recent(24, FEATURES)
    for category in ("made up", "home", "another"):
        keep(recent, replace(payment(5), category=category), 0.25, Decision.APPROVE)
        assert [category] == [each.category for each in recent.sample(1)]
