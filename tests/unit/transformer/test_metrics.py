"""What is counted is what Prometheus reads."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from fraud_contract.errors import InvalidTransaction
from fraud_contract.policy import Decision
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.metrics import Metrics
from fraud_transformer.transactions.parsing import Payment, parse_transaction
from support.artifacts.releases import write_release
from support.decided import arrays_of


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> ServedRelease:
    folders = write_release(tmp_path_factory.mktemp("release"), mean=1.0)
    settings = TransformerSettings(
        model_dir=folders.model, preprocessor_dir=folders.preprocessor, release="fraud-1"
    )
    return ServedRelease.load(settings)


@pytest.fixture
def metrics(release: ServedRelease, registry: CollectorRegistry) -> Metrics:
    return Metrics(release, registry)


def payment(category: str = "travel", amt: float = 10.0) -> Payment:
    return Payment(amt=amt, hour=23, day_of_week=6, category=category)


def test_decisions_are_there_at_zero_from_the_start(
    release: ServedRelease, metrics: Metrics, registry: CollectorRegistry
) -> None:
    labels = {"release": "fraud-1", "category": "travel", "decision": "block"}
    assert registry.get_sample_value("fraud_decisions_total", labels) == 0
    metrics.decided_all(*arrays_of(release.features, [(payment(), 0.9, Decision.BLOCK)]))
    assert registry.get_sample_value("fraud_decisions_total", labels) == 1


def test_made_up_categories_make_no_series(
    release: ServedRelease, metrics: Metrics, registry: CollectorRegistry
) -> None:
    rows = [(payment(f"made up {number}"), 0.1, Decision.REVIEW) for number in range(100)]
    metrics.decided_all(*arrays_of(release.features, rows))
    labels = {"release": "fraud-1", "category": "unknown", "decision": "review"}
    assert registry.get_sample_value("fraud_decisions_total", labels) == 100
    assert generate_latest(registry).decode().count("fraud_decisions_total{") == 15


def test_a_score_on_a_bound_lies_in_the_bucket_of_that_bound(
    release: ServedRelease, metrics: Metrics, registry: CollectorRegistry
) -> None:
    rows = [(payment(), score, Decision.APPROVE) for score in (0.5, 0.5000001, 0.99)]
    metrics.decided_all(*arrays_of(release.features, rows))
    buckets = [
        registry.get_sample_value("fraud_score_bucket", {"release": "fraud-1", "le": bound})
        for bound in ("0.3", "0.5", "0.7", "+Inf")
    ]
    assert buckets == [0, 1, 2, 3]
    assert registry.get_sample_value("fraud_score_sum", {"release": "fraud-1"}) == pytest.approx(1.9900001)


def test_everything_is_valid_exposition(metrics: Metrics, registry: CollectorRegistry) -> None:
    metrics.requested_all("/predict/", 200, [0.003])
    metrics.called(17, 0.001, 0.002)
    metrics.refused([{"field": "amt"}, {"field": "made up"}])
    metrics.watch("fraud_queue_rows", "Waiting", lambda: 3)
    metrics.failed("predictor_away")
    metrics.unknown_category()
    names = {family.name for family in text_string_to_metric_families(generate_latest(registry).decode())}
    assert names == {
        "fraud_release_info",
        "fraud_requests",
        "fraud_request_seconds",
        "fraud_invalid_fields",
        "fraud_score",
        "fraud_decisions",
        "fraud_degraded",
        "fraud_expected_cost",
        "fraud_amount",
        "fraud_hour",
        "fraud_day_of_week",
        "fraud_unknown_category",
        "fraud_batch_rows",
        "fraud_stage_seconds",
        "fraud_predictor_failures",
        "fraud_queue_rows",
    }


def test_amounts_are_counted_in_the_bins_of_the_training_data(
    release: ServedRelease, metrics: Metrics, registry: CollectorRegistry
) -> None:
    rows = [(payment(amt=amt), 0.1, Decision.APPROVE) for amt in (9.99, 10.0, 99.0, 5000.0)]
    metrics.decided_all(*arrays_of(release.features, rows))
    buckets = [
        registry.get_sample_value("fraud_amount_bucket", {"release": "fraud-1", "le": bound})
        for bound in ("10.0", "100.0", "+Inf")
    ]
    assert [2, 3, 4] == buckets
    assert 4 == registry.get_sample_value("fraud_hour_total", {"release": "fraud-1", "hour": "23"})


def test_made_up_fields_make_no_series(metrics: Metrics, registry: CollectorRegistry) -> None:
    metrics.refused([{"field": f"made up {number}"} for number in range(9)])
    assert 9 == registry.get_sample_value(
        "fraud_invalid_fields_total", {"release": "fraud-1", "field": "other", "problem": "unexpected"}
    )


def test_missing_and_invalid_fields_are_counted_apart(metrics: Metrics, registry: CollectorRegistry) -> None:
    with pytest.raises(InvalidTransaction) as refused:
        parse_transaction(b'{"amt": -1, "hour": 24, "day_of_week": 0}')
    metrics.refused(refused.value.details)

    def count(field: str, problem: str) -> float | None:
        told = {"release": "fraud-1", "field": field, "problem": problem}
        return registry.get_sample_value("fraud_invalid_fields_total", told)

    assert [1, 1, 0, 0, 1] == [
        count(*each)
        for each in (
            ("amt", "invalid"),
            ("hour", "invalid"),
            ("day_of_week", "invalid"),
            ("category", "invalid"),
            ("category", "missing"),
        )
    ]
