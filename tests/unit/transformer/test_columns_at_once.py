"""Many decisions counted and kept at once leave what each of them would have left alone."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from fraud_contract.policy import DECISIONS
from fraud_contract.transaction import Transaction
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.metrics import Metrics
from fraud_transformer.telemetry.recent import Recent
from fraud_transformer.transactions.columns import transposed
from fraud_transformer.transactions.facts import Facts
from support.artifacts.releases import write_release

payments = st.builds(
    Transaction,
    amt=st.sampled_from([0.01, 10.0, 10.5, 100.0, 1e9]),
    hour=st.integers(0, 23),
    day_of_week=st.integers(0, 6),
    category=st.sampled_from(["travel", "gas_transport", "made up", "another"]),
)
# Sums of these are exact in any order, so that the whole page can be compared.
scores = st.sampled_from([0.0, 0.0625, 0.5, 0.25, 1.0])
decided = st.lists(st.tuples(payments, scores, st.sampled_from(DECISIONS)), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> ServedRelease:
    folders = write_release(tmp_path_factory.mktemp("release"), mean=1.0)
    return ServedRelease.load(
        TransformerSettings(model_dir=folders.model, preprocessor_dir=folders.preprocessor)
    )


def page(registry: CollectorRegistry) -> list[str]:
    return [
        line for line in generate_latest(registry).decode().splitlines() if "fraud_amount_sum" not in line
    ]


@given(rows=decided)
def test_metrics(release: ServedRelease, rows: list[tuple[Transaction, float, Any]]) -> None:
    one, all_at_once = CollectorRegistry(), CollectorRegistry()
    single, many = Metrics(release, one), Metrics(release, all_at_once)
    for each in rows:
        single.decided(*each)
    transactions, values, decisions = zip(*rows, strict=True)
    facts = Facts.of(transposed(transactions), release.features)
    many.decided_all(facts, np.array(values, np.float32), np.array(decisions, np.int8))
    assert sorted(page(one)) == sorted(page(all_at_once))


@given(rows=decided)
def test_recent_decisions(release: ServedRelease, rows: list[tuple[Transaction, float, Any]]) -> None:
    single, many = Recent(48, release.features), Recent(48, release.features)
    for each in rows:
        single.add(*each)
    transactions, values, decisions = zip(*rows, strict=True)
    facts = Facts.of(transposed(transactions), release.features)
    many.add_all(facts, np.array(values, np.float32), np.array(decisions, np.int8))
    assert (single.counts, single.sample(30)) == (many.counts, many.sample(30))
