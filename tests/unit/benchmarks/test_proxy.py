"""Figures of Envoy and of whole rollouts, as the page shows them."""

from datetime import timedelta

import pytest

from benchmarks.figures.measurements import Spread
from benchmarks.proxy.cost import Cost, Way
from benchmarks.proxy.report import Report
from benchmarks.proxy.service import Decision, Idle, Recovery
from benchmarks.proxy.weights import Moved, Share, bound
from fraud_rollout.core.state.phase import Phase
from fraud_rollout.core.state.record import Span
from support.rollouts.decisions import START, record


@pytest.mark.parametrize(
    ("percent", "canary", "requests", "deviation"),
    [(50, 50, 100, 0.0), (50, 60, 100, 2.0), (50, 40, 100, -2.0), (20, 28, 100, 2.0), (5, 0, 0, 0.0)],
)
def test_a_share_is_expressed_in_standard_deviations_of_its_weight(
    percent: int, canary: int, requests: int, deviation: float
) -> None:
    assert deviation == pytest.approx(Share(percent, canary, requests).deviation)


def test_the_bound_of_all_shares_together_grows_with_their_number() -> None:
    assert 2.576 == pytest.approx(bound(1), abs=0.001)
    assert 3.719 == pytest.approx(bound(50), abs=0.001)


def test_the_page_shows_ratios_losses_and_the_time_of_a_decision() -> None:
    phases = (
        (Phase.PREFLIGHT, 0, 20),
        (Phase.SHADOW, 0, 5),
        (Phase.CANARY, 25, 40),
        (Phase.PROMOTED, 100, None),
    )
    spans, begun = [], START
    for phase, weight, seconds in phases:
        ended = begun + timedelta(seconds=seconds) if seconds else None
        spans.append(Span(phase=phase, weight=weight, begun=begun, ended=ended))
        begun = ended or begun
    promoted = record().model_copy(update={"spans": tuple(spans)})
    report = Report(
        machine="on some machine",
        cost=Cost({"direct": (Way(2, 4, 200, 1_000),), "through Envoy": (Way(3, 5, 198, 800),)}),
        moved=Moved(12_000, 1, 1_300, 40.0, (Share(50, 60, 100), Share(20, 20, 100))),
        back=Spread(0.2, 0.1, 0.4),
        idle=Idle(0.012, 0.02),
        decision=Decision(promoted, noticed=4.0, promoted=69.0, rate=199.6, sent=14_000, lost=0),
        recovery=Recovery(answered=1.5, failed=30, held=True, warned=False, left=0.7),
    )
    page = "\n".join(report.rows())
    for part in (
        "| 1.50 [1.50-1.50] times (3.00 [3.00-3.00] / 2.00 [2.00-2.00] ms) |",
        "| 0.80 [0.80-0.80] times (800 [800-800] / 1,000 [1,000-1,000]) |",
        "| requests lost in 2 changes of weight, at 300/s over HTTP and gRPC | 1 of 12,000 |",
        "| 2.00 | ≤ 2.81 (chance 1 %) |",
        "| CPU of the idle loop, of one core | 1.2 % |",
        "1.50 s (30 requests failed meanwhile); not said; held and went on",
        "69 s from the alias `candidate` to the promotion, 0 of 14,000 requests lost.",
        "| Canary at 25 % |  | 40.0 |",
        "| all | 20.0 | 49.0 |",
    ):
        assert part in page
