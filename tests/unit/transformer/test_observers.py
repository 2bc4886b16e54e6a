"""Decisions leave the same in metrics and recent decisions, however many are recorded at once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from fraud_contract.policy import DECISIONS
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.metrics import Metrics
from fraud_transformer.telemetry.observers import Recorder
from fraud_transformer.telemetry.recent import Recent
from fraud_transformer.transactions.parsing import Payment
from support.artifacts.releases import write_release
from support.decided import arrays_of

payments = st.builds(
    Payment,
    amt=st.sampled_from([0.01, 10.0, 10.5, 100.0, 1e9]),
    hour=st.integers(0, 23),
    day_of_week=st.integers(0, 6),
    category=st.sampled_from(["travel", "gas_transport", "made up", "another"]),
)
scores = st.sampled_from([0.0, 0.0625, 0.5, 0.25, 1.0])
decided = st.lists(st.tuples(payments, scores, st.sampled_from(DECISIONS)), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> ServedRelease:
    folders = write_release(tmp_path_factory.mktemp("release"), mean=1.0)
    return ServedRelease.load(
        TransformerSettings(model_dir=folders.model, preprocessor_dir=folders.preprocessor)
    )


def page(registry: CollectorRegistry) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in registry.collect()
        for sample in family.samples
    }


def recorded(release: ServedRelease) -> tuple[Recorder, Recent, CollectorRegistry]:
    registry, recent = CollectorRegistry(), Recent(48, release.features)
    return Recorder(Metrics(release, registry), recent), recent, registry


@given(rows=decided, number=st.integers(0, 400))
def test_single_decisions_are_recorded_as_many_are(
    release: ServedRelease, rows: list[tuple[Payment, float, Any]], number: int
) -> None:
    rows = (rows * 10)[: 1 + number]
    (one, one_recent, one_page), (many, many_recent, many_page) = recorded(release), recorded(release)
    for each in rows:
        one.decided(*each)
    many.decided_all(*arrays_of(release.features, rows))
    # Sums depend on their order in the last bits.
    assert page(many_page) == pytest.approx(page(one_page), rel=1e-9)
    assert (many_recent.counts, many_recent.sample(30)) == (one_recent.counts, one_recent.sample(30))


def test_a_single_decision_is_recorded_before_any_reader(release: ServedRelease) -> None:
    decision = Payment(amt=10.0, hour=1, day_of_week=1, category="travel"), 0.5, DECISIONS[2]
    for read in (
        lambda recent, _: recent.counts,
        lambda recent, _: recent.sample(1),
        lambda _, own: page(own),
    ):
        recorder, recent, registry = recorded(release)
        before = read(recent, registry)
        recorder.decided(*decision)
        assert before != read(recent, registry)


def test_requests_are_counted_by_route_and_status(release: ServedRelease) -> None:
    recorder, _, registry = recorded(release)
    answered = [("/predict/", 200), ("/predict/", 503), ("/predict/batch", 200)] * 200
    for route, status in answered:
        recorder.requested(route, status, 0.001)
    found = {
        (dict(labels)["route"], dict(labels)["status"]): value
        for (name, labels), value in page(registry).items()
        if name == "fraud_requests_total"
    }
    assert {(route, str(status)): 200 for route, status in answered} == found


def test_decisions_of_both_kinds_keep_their_order(release: ServedRelease) -> None:
    recorder, recent, _ = recorded(release)
    for amount in (1.0, 2.0, 3.0):
        payment = Payment(amt=amount, hour=1, day_of_week=1, category="travel")
        decision = payment, 0.5, DECISIONS[0]
        if amount == 2.0:
            recorder.decided_all(*arrays_of(release.features, [decision]))
        else:
            recorder.decided(*decision)
    assert [2.0, 3.0] == [each.amt for each in recent.sample(2)]
