"""Windows of counters, where they belong, and what waits for W&B."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fraud_contract.metrics.counters import Counters
from fraud_contract.metrics.page import STARTED, Page
from fraud_monitor.core.profile import HOUR, WEEK, History
from fraud_monitor.core.runs import run_id, step_of
from fraud_monitor.core.summary import figures, histograms
from fraud_monitor.core.window import Span, Window
from fraud_monitor.delivery.spool import Spool
from fraud_monitor.delivery.waiting import Waiting
from fraud_registry.records.monitoring_rows import MonitoringRow, MonitoringRun

START = datetime(2026, 11, 23, tzinfo=UTC).timestamp()
"""A Monday."""


def page(payments: float, started: float = 5.0, errors: float = 0.0) -> Page:
    decided = (("category", "travel"), ("decision", "approve"))
    return {
        (STARTED, ()): started,
        ("fraud_decisions_total", decided): payments,
        ("fraud_requests_total", (("route", "/predict"), ("status", "200"))): payments,
        ("fraud_requests_total", (("route", "/predict"), ("status", "500"))): errors,
        ("fraud_expected_cost_total", (("decision", "approve"),)): payments / 10,
        ("fraud_score_bucket", (("le", "0.5"),)): payments,
        ("fraud_score_bucket", (("le", "1.0"),)): payments,
        ("fraud_score_bucket", (("le", "+Inf"),)): payments,
        ("process_cpu_seconds_total", ()): payments / 100,
    }


def window(counters: Counters, ends: float = START + 60) -> Window:
    return Window.of(counters.take(), Span(begins=ends - 60, ends=ends, processes=1, away=0, restarts=0))


def test_a_window_holds_what_all_processes_counted_in_it_whatever_became_of_them() -> None:
    counters = Counters(since=10.0)
    counters.look({"a": page(100), "b": page(1_000)})
    counters.look({"a": page(130), "b": page(20, started=20.0, errors=4), "c": page(7, started=30.0)})
    found = figures(window(counters))
    assert (57, 4) == (found["decisions/total"], found["requests/errors"])
    assert pytest.approx(5.7) == found["expected_cost/approve"]
    assert pytest.approx(100) == found["expected_cost/per_1000"]
    counters.look({"a": page(130)})  # the others are away: nothing is counted twice, or lost
    assert 0 == figures(window(counters))["decisions/total"]
    counters.look({"b": page(25, started=20.0, errors=4)})
    assert 5 == figures(window(counters))["decisions/total"]


def test_histograms_have_an_edge_at_both_ends() -> None:
    counters = Counters()
    counters.look({"a": page(0)})
    counters.look({"a": page(8)})
    scores = histograms(window(counters))["scores"]
    assert ((8, 0), (0.0, 0.5, 1.0)) == (scores.counts, scores.edges)


def test_the_rarest_of_many_categories_are_shown_as_one() -> None:
    counters = Counters()
    decided: Page = {
        ("fraud_decisions_total", (("category", f"c{number}"), ("decision", "block"))): float(number)
        for number in range(4_096)
    }
    counters.look({"a": dict.fromkeys(decided, 0.0)})
    counters.look({"a": decided})
    found = figures(window(counters))
    shown = {name: value for name, value in found.items() if name.startswith("inputs/category/")}
    assert (101, 4_095.0) == (len(shown), shown["inputs/category/c4095"])
    assert found["decisions/total"] == sum(shown.values())
    assert found["decisions/by_category/all others/block"] == shown["inputs/category/all others"]
    assert len(MonitoringRow(step=0, at=0.0, figures=found).figures) == len(found)


def test_hours_of_a_clock_that_was_ahead_are_forgotten() -> None:
    counters = Counters()
    counters.look({"a": page(0)})
    counters.look({"a": page(10)})
    ahead = History().adding(window(counters, START + 10 * HOUR))
    counters.look({"a": page(13)})
    assert [START] == [each.begins for each in ahead.adding(window(counters, START + 60)).hours]


def test_a_run_lasts_a_week_and_steps_grow_within_it() -> None:
    ends = [START + minutes * 60 for minutes in range(0, 7 * 24 * 60, 7)]
    assert {"monitoring-here-r1-2026-w48"} == {run_id("here", "r1", each) for each in ends}
    steps = [step_of(each) for each in ends]
    assert sorted(set(steps)) == steps
    assert ("monitoring-here-r1-2026-w49", 0) == (
        run_id("here", "r1", START + 604_800),
        step_of(START + 604_800),
    )


def test_history_keeps_a_week() -> None:
    history, counters = History(), Counters()
    counters.look({"a": page(0)})
    for hour in range(WEEK + 5):
        counters.look({"a": page(10 * (hour + 1))})
        history = history.adding(window(counters, START + hour * HOUR + 61))
    assert (WEEK, 10.0 * WEEK) == (len(history.hours), history.last(WEEK)[0].payments)
    assert (240, 24) == (history.last(24)[0].payments, history.last(24)[1])


def waiting(number: int, run: str = "r") -> Waiting:
    row = MonitoringRow(step=number, at=START + number, figures={"x": 1.0})
    return Waiting(run=MonitoringRun(id=run, name=run, group="g", config={}), row=row)


def test_the_spool_keeps_the_newest_rows_and_outlives_the_process(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 3)
    for number in range(5):
        spool.put(waiting(number))
    assert (2, [2, 3, 4]) == (spool.dropped, [each.row.step for each in spool.next(10)])
    (tmp_path / "00000000000.000.json").write_text("{")  # half a file of a machine that lost power
    again = Spool(tmp_path, 3)
    again.delivered(again.next(2))
    assert [4] == [each.row.step for each in Spool(tmp_path, 3).next(10)]


def test_rows_of_two_runs_are_delivered_apart(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 10)
    for number, run in enumerate(["w1", "w1", "w2"]):
        spool.put(waiting(number, run))
    assert [0, 1] == [each.row.step for each in spool.next(10)]


def test_a_disk_that_refuses_costs_no_row_of_a_running_monitor(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    spool = Spool(tmp_path / "file" / "rows", 10)
    spool.put(waiting(1))
    assert [1] == [each.row.step for each in spool.next(10)]
