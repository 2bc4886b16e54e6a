"""The monitor beside real processes, writing to a real registry through the real SDK."""

import json
from pathlib import Path
from threading import Event

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from fraud_contract.errors import MetricsUnreadable
from fraud_local.folders import Folders
from fraud_monitor.core.runs import step_of
from fraud_monitor.http.port import Port
from fraud_monitor.http.status import kept_status
from fraud_monitor.sources.importance import importance
from fraud_registry.access.account import Account
from support.certificates import issue
from support.processes import Process, Start, free_port
from support.watching import MONDAY, TOKEN, Watching, history_of, send, settings_for, target_of

AWAY = Account.model_validate({"base_url": "http://127.0.0.1:1", "api_key": "0" * 40})

TRACKED = {
    "prediction distributions": ("scores", "decisions/approve", "decisions/block", "decisions/review"),
    "model performance": ("expected_cost/per_1000", "expected_frauds/per_1000", "scores/mean"),
    "response latency": ("latency_ms/predict/batch/p50", "latency_ms/predict/batch/p99"),
    "requests and errors": ("requests/total", "requests/errors", "requests/status/422"),
    "memory and CPU": ("processes/memory_mib/transformer", "processes/cpu_cores"),
    "feature importance": ("importance", "importance_bar_table"),
    "input distributions": ("inputs/amount", "inputs/hour", "inputs/day_of_week", "inputs/category/travel"),
    "missing values": ("inputs/missing", "inputs/missing/amt", "inputs/invalid"),
    "unknown values": ("inputs/unknown_category", "inputs/unknown_category_share"),
    "drift": ("drift/day/amount", "drift/week/category", "drift/day/score", "drift_alert/week"),
}
"""What the original promises to track, and where each is found in the run."""


def serving(start: Start, folders: Folders, **more: object) -> Process:
    process = start(
        "fraud_standalone",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        RELEASE="r1",
        ADMIN_TOKEN=TOKEN,
        **more,
    )
    process.wait_ready()
    return process


def test_every_metric_that_the_original_tracks_is_in_the_run_and_in_prometheus(
    account: Account, folders: Folders, start: Start, tmp_path: Path
) -> None:
    process = serving(start, folders)
    watching = Watching(settings_for(tmp_path, target_of(process, folders)), account)
    watching.turn()
    send(process, 30)
    send(process, 5, "crypto")
    refused = httpx.post(f"{process.url}/predict", json={"hour": 1, "day_of_week": 1, "category": "travel"})
    watching.fill()
    watching.turn(60)
    send(process, 50)
    watching.turn(60)
    watching.deliver()
    health = watching.monitor.delivery.health
    assert (422, "", 2) == (refused.status_code, health.error, health.delivered)
    run, rows = history_of(account)
    assert [35, 50] == [row["decisions/total"] for row in rows]
    assert [35, 37] == [row["_step"] for row in rows] == [step_of(MONDAY + 1_060), step_of(MONDAY + 1_120)]
    assert {} == {
        metric: missing for metric, keys in TRACKED.items() if (missing := set(keys) - rows[0].keys())
    }
    assert (5, 1) == (rows[0]["inputs/unknown_category"], rows[0]["inputs/missing/amt"])
    assert {"production_model:v0", "preprocessor:v0"} == {each.name for each in run.used_artifacts()}
    port = Port("127.0.0.1", free_port(), lambda: watching.monitor.status)
    try:
        text = httpx.get(f"http://127.0.0.1:{port.number}/metrics", timeout=240, trust_env=False).text
        status = httpx.get(f"http://127.0.0.1:{port.number}/status", timeout=240, trust_env=False).json()
    finally:
        port.close()
    published = {
        sample.labels["figure"]: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "fraud_window"
    }
    assert published == {name: rows[1][name] for name in published}
    assert json.loads((tmp_path / "state" / "status.json").read_text())["releases"] == status["releases"]
    assert {"amt", "hour", "day_of_week", "category"} >= status["releases"][0]["importance"].keys() != set()


def test_what_was_counted_while_the_monitor_was_dead_and_w_and_b_away_is_in_a_later_row(
    account: Account, folders: Folders, start: Start, tmp_path: Path
) -> None:
    process = serving(start, folders, HOST="127.0.0.1")
    settings = settings_for(tmp_path, target_of(process, folders, "r1").model_copy(update={"release": "r2"}))
    first = Watching(settings, AWAY)
    first.turn()
    send(process, 10)
    first.turn(60)
    first.deliver()
    assert (0, "W&B at 127.0.0.1:1") == (
        first.monitor.delivery.health.delivered,
        first.monitor.delivery.health.error[:18],
    )
    send(process, 7)  # while no monitor runs
    second = Watching(settings, account, first.moment)
    second.turn(60)
    second.deliver()
    _, rows = history_of(account, "r2")
    assert [10, 7] == [row["decisions/total"] for row in rows]
    assert [] == list((tmp_path / "state" / "r2" / "rows").iterdir())


def test_a_release_whose_windows_w_and_b_refuses_keeps_back_no_other(
    account: Account, folders: Folders, start: Start, tmp_path: Path
) -> None:
    process = serving(start, folders)
    targets = [target_of(process, folders, name) for name in ("apart", "beside")]
    watching = Watching(settings_for(tmp_path, *targets, monitor_installation="two"), account)
    watching.turn()
    watching.turn(60)
    apart = watching.monitor.watches["apart"].spool
    [row] = apart.next(2)
    apart.delivered([row])
    run = row.run.model_copy(update={"id": "refused:by-w-and-b"})  # which takes no colon
    apart.put(row.model_copy(update={"run": run}))
    watching.deliver()
    watching.turn()
    status = watching.monitor.status
    assert 1 == status.delivered
    assert status.delivery_failures
    assert [("apart", 1), ("beside", 0)] == [(each.release, each.waiting) for each in status.releases]
    assert status.delivery_error
    assert status.delivery_seconds


def test_the_status_that_a_monitor_leaves_knows_of_its_last_delivery(
    account: Account, folders: Folders, start: Start, tmp_path: Path
) -> None:
    target = target_of(serving(start, folders), folders)
    watching = Watching(settings_for(tmp_path, target, monitor_installation="ends"), account)
    watching.turn()
    watching.moment += 60
    ended = Event()
    ended.set()
    watching.monitor.run(ended, Event())
    left = kept_status(tmp_path / "state")
    assert left is not None
    assert (1, [0]) == (left.delivered, [each.waiting for each in left.releases])


def test_importance_is_asked_through_tls_once_its_authority_is_trusted(
    account: Account, folders: Folders, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = issue(tmp_path / "tls")
    process = serving(start, folders, TLS_CERT=certificate.chain, TLS_KEY=certificate.key)
    address = f"https://localhost:{process.http_port}"
    rows = [{"amt": 20.0, "hour": 1, "day_of_week": 1, "category": "travel"}]
    httpx.post(f"{address}/predict/batch", json={"transactions": rows}, verify=certificate.trusting())
    target = target_of(process, folders).model_copy(update={"api": address})
    with pytest.raises(MetricsUnreadable, match=r"r1 explains nothing: ConnectError\. .*SSL_CERT_FILE"):
        importance(target, TOKEN, 10)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.chain))
    assert {"amt", "hour", "day_of_week", "category"} >= importance(target, TOKEN, 10).keys() != set()
