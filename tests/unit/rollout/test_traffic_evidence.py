"""Counts from pods' metrics, whatever becomes of the pods."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fraud_contract.errors import MetricsUnreadable
from fraud_contract.metrics.counters import Counters
from fraud_contract.metrics.histogram import Histogram
from fraud_contract.metrics.page import Page, parse
from fraud_rollout.evidence.proxy import proxy_counts
from fraud_rollout.evidence.traffic import NAMES, ProxyCounts, Scrape, Traffic
from fraud_rollout.judge.verdict import Count

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def page(
    served: float = 0, failed: float = 0, *, slow: float = 0, started: float = 1, memory: float = 1e8
) -> Page:
    """A pod that has served so many requests, of them `slow` in more than 10 ms, and failed others."""
    total = served + failed
    text = f"""\
# HELP fraud_requests_total Requests
fraud_requests_total{{release="r",route="/predict",status="200"}} {served}
fraud_requests_total{{release="r",route="/predict",status="503"}} {failed}
fraud_request_seconds_bucket{{release="r",route="/predict",le="0.01"}} {total - slow}
fraud_request_seconds_bucket{{release="r",route="/predict",le="0.1"}} {total}
fraud_request_seconds_bucket{{release="r",route="/predict",le="+Inf"}} {total}
process_start_time_seconds {started}
process_resident_memory_bytes {memory}
python_info{{version="3.13"}} 1.0
"""
    return parse(text, NAMES)


def counted(*looks: dict[str, Page]) -> Counters:
    counters = Counters()
    for look in looks:
        counters.look(look)
    return counters


def requests(*looks: dict[str, Page]) -> float:
    return counted(*looks).sum("fraud_requests_total", status="200")


def test_what_was_counted_before_the_first_look_does_not_count() -> None:
    assert 0 == requests({"a": page(1_000)})
    assert 30 == requests({"a": page(1_000)}, {"a": page(1_010)}, {"a": page(1_030)})


def test_a_pod_that_is_away_for_a_look_loses_nothing() -> None:
    assert 50 == requests({"a": page(10)}, {}, {"a": page(60)})


def test_a_new_pod_counts_from_its_start() -> None:
    assert 25 == requests({"a": page(10)}, {"a": page(10), "b": page(25)})


def test_a_pod_that_was_away_at_first_counts_from_its_first_look() -> None:
    counters = Counters(since=100.0)
    for look in (
        {"a": page(10)},
        {"a": page(10), "b": page(5_000, started=99)},
        {"b": page(5_007, started=99)},
    ):
        counters.look(look)
    assert (7, 0) == (counters.sum("fraud_requests_total", status="200"), counters.restarts)


def test_a_proxy_that_could_not_be_asked_at_first_counts_from_its_first_look() -> None:
    traffic = Traffic("c" * 64, NOW, 5)
    traffic.look(look(page(), page()), NOW)
    for asked in (ProxyCounts(9_000, 900), ProxyCounts(9_100, 907)):
        evidence = traffic.look(look(page(100), page(90), proxy_counts=asked), NOW)
    assert Count(events=7, observations=100) == evidence.counts["errors"]


@pytest.mark.parametrize("again", [page(7, started=2), page(7)], ids=["started anew", "jumped back"])
def test_a_counter_that_went_back_counts_from_nought(again: Page) -> None:
    counters = counted({"a": page(10)}, {"a": page(40)}, {"a": again})
    assert (37, 1) == (counters.sum("fraud_requests_total", status="200"), counters.restarts)


def test_a_process_started_anew_that_is_ahead_already_counts_from_nought() -> None:
    counters = counted({"a": page(10)}, {"a": page(50, started=2)})
    assert (50, 1) == (counters.sum("fraud_requests_total", status="200"), counters.restarts)


@given(st.lists(st.tuples(st.integers(0, 100), st.booleans()), max_size=20))
def test_whatever_restarts_there_are_every_request_counts_once(steps: list[tuple[int, bool]]) -> None:
    counters, total, shown, started = Counters(), 0, 0, 1
    counters.look({"a": page(0, started=started)})
    for served, restart in steps:
        shown, started = (served, started + 1) if restart else (shown + served, started)
        total += served
        counters.look({"a": page(shown, started=started)})
    assert total == counters.sum("fraud_requests_total")
    assert sum(restart for _, restart in steps) == counters.restarts


@pytest.mark.parametrize(
    "text", ["fraud_requests_total{", "fraud_requests_total 1e", "fraud_requests_total NaN", "<html>"]
)
def test_a_page_that_is_none_is_not_trusted(text: str) -> None:
    with pytest.raises(MetricsUnreadable, match="Metrics hold"):
        parse(text, NAMES)


@pytest.mark.parametrize("category", ["a\u2028b", "a\rb", "a\x0bb", "a\x1cb", "a\x85b"], ids=ascii)
def test_only_a_newline_ends_a_line(category: str) -> None:
    line = f'fraud_decisions_total{{category="{category}",decision="approve"}} 3.0'
    expected = {("fraud_decisions_total", (("category", category), ("decision", "approve"))): 3.0}
    assert expected == parse(f"# HELP x y\n{line}\n", ["fraud_decisions_total"])


@pytest.mark.parametrize("labels", ["a" * (1 << 20), 'a="' * (1 << 18), 'a="' + "b" * (1 << 20)])
def test_garbage_among_labels_is_read_in_linear_time(labels: str) -> None:
    [(name, _)] = parse(f"fraud_requests_total{{{labels}}} 1", NAMES)
    assert "fraud_requests_total" == name


def look(stable: Page, candidate: Page, **more: ProxyCounts) -> Scrape:
    return Scrape({"s": stable}, {"c": candidate}, **more)


def test_the_gates_of_a_weight() -> None:
    traffic = Traffic("c" * 64, NOW, 25)
    assert Count() == traffic.look(look(page(100), page(0)), NOW).counts["errors"]
    evidence = traffic.look(look(page(3_100, slow=30), page(990, 10, slow=500)), NOW)
    assert {
        "errors": Count(events=10, observations=1_000),
        "weight": Count(events=1_000, observations=4_000),
        "restarts": Count(events=0, observations=2),
        "memory": Count(events=0, observations=2),
    } == {name: count for name, count in evidence.counts.items() if name != "slow"}
    slow = evidence.counts["slow"]
    assert 1_000 == slow.observations
    assert 500 <= slow.events <= 510
    assert (25, NOW) == (evidence.weight, evidence.since)


def test_equal_latencies_are_slower_than_the_p99_in_one_of_a_hundred() -> None:
    traffic = Traffic("c" * 64, NOW, 50)
    for seen in (look(page(), page()), look(page(10_000, slow=4_000), page(10_000, slow=4_000))):
        evidence = traffic.look(seen, NOW)
    assert Count(events=100, observations=10_000) == evidence.counts["slow"]


def test_unanswered_requests_are_counted_at_the_proxy() -> None:
    traffic = Traffic("c" * 64, NOW, 5)
    traffic.look(look(page(), page(), proxy_counts=ProxyCounts(500, 50)), NOW)
    evidence = traffic.look(look(page(100), page(90), proxy_counts=ProxyCounts(600, 60)), NOW)
    assert Count(events=10, observations=100) == evidence.counts["errors"]


def test_memory_that_grows_beyond_stable_s_is_an_event() -> None:
    traffic = Traffic("c" * 64, NOW, 5)
    sizes = (1.0e8, 1.4e8, 1.6e8, 1.6e8, 1.7e8)
    for size in sizes:
        evidence = traffic.look(look(page(), page(memory=size)), NOW)
    assert Count(events=2, observations=5) == evidence.counts["memory"]


def test_a_restart_is_an_event_of_its_look() -> None:
    traffic = Traffic("c" * 64, NOW, 5)
    for started in (1, 2, 2, 3):
        evidence = traffic.look(look(page(), page(started=started)), NOW)
    assert Count(events=2, observations=4) == evidence.counts["restarts"]


def test_a_hold_loses_no_failure_and_no_restart_and_no_share() -> None:
    traffic = Traffic("c" * 64, NOW, 50)
    for seen in (look(page(), page()), look(page(100), page(100))):
        traffic.look(seen, NOW)
    traffic.interrupt()  # stable alone is asked now, and the candidate is started again
    evidence = traffic.look(look(page(900), page(0, 7, started=2)), NOW)
    assert Count(events=1, observations=3) == evidence.counts["restarts"]
    assert Count(events=7, observations=107) == evidence.counts["errors"]
    assert Count(events=100, observations=200) == evidence.counts["weight"]
    evidence = traffic.look(look(page(950), page(50, 7, started=2)), NOW)
    assert Count(events=150, observations=300) == evidence.counts["weight"]


def test_all_traffic_leaves_nothing_to_be_slower_than() -> None:
    traffic = Traffic("c" * 64, NOW, 100)
    for seen in (look(page(5), page()), look(page(5), page(200))):
        evidence = traffic.look(seen, NOW)
    assert "slow" not in evidence.counts
    assert Count(events=200, observations=200) == evidence.counts["weight"]


def test_envoy_s_counts_are_those_of_the_clusters_asked_for() -> None:
    stats = """\
# TYPE envoy_cluster_upstream_rq_xx counter
envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="http-new"} 90
envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="http-new"} 6
envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="grpc-new"} 1
envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="http-old"} 70
"""
    assert ProxyCounts(97, 7) == proxy_counts(stats, frozenset({"http-new", "grpc-new"}))


@given(st.lists(st.integers(0, 50), min_size=4, max_size=4).filter(any), st.floats(0.01, 0.99))
def test_a_quantile_is_exceeded_by_the_rest(parts: list[int], share: float) -> None:
    total, buckets = 0, {}
    for bound, part in zip(("0.001", "0.01", "0.1", "1.0"), parts, strict=True):
        total += part
        buckets[bound] = float(total)
    histogram = Histogram.of(buckets | {"+Inf": float(total)})
    quantile = histogram.quantile(share)
    assert quantile is not None
    assert (1 - share) * total == pytest.approx(histogram.above(quantile), abs=1e-6 * total)
