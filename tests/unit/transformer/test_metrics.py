"""What is counted is what Prometheus reads."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from fraud_contract.policy import Decision
from fraud_transformer.metrics import Metrics


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> Metrics:
    return Metrics("fraud-1", ("travel",), registry)


def test_decisions_are_there_at_zero_from_the_start(metrics: Metrics, registry: CollectorRegistry) -> None:
    labels = {"release": "fraud-1", "category": "travel", "decision": "block"}
    assert registry.get_sample_value("fraud_decisions_total", labels) == 0
    metrics.decided("travel", 0.9, Decision.BLOCK)
    assert registry.get_sample_value("fraud_decisions_total", labels) == 1


def test_made_up_categories_make_no_series(metrics: Metrics, registry: CollectorRegistry) -> None:
    for number in range(100):
        metrics.decided(f"made up {number}", 0.1, Decision.REVIEW)
    labels = {"release": "fraud-1", "category": "unknown", "decision": "review"}
    assert registry.get_sample_value("fraud_decisions_total", labels) == 100
    assert generate_latest(registry).decode().count("fraud_decisions_total{") == 6


def test_a_score_on_a_bound_lies_in_the_bucket_of_that_bound(
    metrics: Metrics, registry: CollectorRegistry
) -> None:
    for score in (0.05, 0.0500001, 0.99):
        metrics.decided("travel", score, Decision.APPROVE)
    buckets = [
        registry.get_sample_value("fraud_score_bucket", {"release": "fraud-1", "le": bound})
        for bound in ("0.02", "0.05", "0.1", "+Inf")
    ]
    assert buckets == [0, 1, 2, 3]
    assert registry.get_sample_value("fraud_score_sum", {"release": "fraud-1"}) == pytest.approx(1.0900001)


def test_everything_is_valid_exposition(metrics: Metrics, registry: CollectorRegistry) -> None:
    metrics.requested("/predict/", 200, 0.003)
    metrics.called(17)
    metrics.failed("predictor_away")
    metrics.unknown_category()
    names = {family.name for family in text_string_to_metric_families(generate_latest(registry).decode())}
    assert names == {
        "fraud_requests",
        "fraud_request_seconds",
        "fraud_score",
        "fraud_decisions",
        "fraud_unknown_category",
        "fraud_batch_rows",
        "fraud_predictor_failures",
    }
