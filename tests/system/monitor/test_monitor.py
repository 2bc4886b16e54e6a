"""The monitor beside real processes, writing to a real registry through the real SDK."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import wandb
from prometheus_client.parser import text_string_to_metric_families

from fraud_local.folders import Folders
from fraud_monitor.core.runs import step_of
from fraud_monitor.http.port import Port
from fraud_monitor.monitor import Monitor
from fraud_monitor.settings import MonitorSettings
from fraud_monitor.sources.scraping import Scraper
from fraud_monitor.sources.targets import Target, Targets
from fraud_registry.access.account import Account
from support.processes import Process, Start, free_port
from system.monitor.conftest import TOKEN

MONDAY = 1_793_577_600.0
"""A Monday, 00:00 UTC."""
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


def target_of(process: Process, folders: Folders, release: str = "r1") -> Target:
    return Target(
        release=release,
        admin=f"http://127.0.0.1:{process.admin_port}",
        api=process.url,
        model=str(folders.model),
        preprocessor=str(folders.preprocessor),
    )


def send(process: Process, payments: int, category: str = "travel") -> None:
    rows = [
        {"amt": 20.0 + each, "hour": each % 24, "day_of_week": each % 7, "category": category}
        for each in range(payments)
    ]
    answer = httpx.post(f"{process.url}/predict/batch", json={"transactions": rows}, timeout=240)
    assert 200 == answer.status_code


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


def settings_for(folder: Path, *targets: Target) -> MonitorSettings:
    Targets(releases=targets).write(folder / "targets.json")
    return MonitorSettings.model_validate(
        {
            "monitor_targets": folder / "targets.json",
            "monitor_folder": folder / "state",
            "monitor_installation": "here",
            "admin_token": TOKEN,
        }
    )


class Watching:
    """A monitor with a clock of its own."""

    def __init__(self, settings: MonitorSettings, account: Account, moment: float = MONDAY + 1_000) -> None:
        @contextmanager
        def accounts() -> Iterator[Account]:
            yield account

        self.moment = moment
        self.monitor = Monitor(settings, accounts, lambda: self.moment)

    def turn(self, seconds: float = 0.0) -> None:
        self.moment += seconds
        with Scraper() as scraper:
            self.monitor.turn(scraper)

    def fill(self) -> None:
        for watch in self.monitor.watches.values():
            self.monitor.background.fill(watch)

    def deliver(self) -> None:
        self.monitor.delivery.start()
        self.monitor.delivery.end(within=300)


def history_of(
    account: Account, release: str = "r1"
) -> tuple[wandb.apis.public.Run, list[dict[str, object]]]:
    api = wandb.Api(
        overrides={"base_url": account.base_url}, api_key=account.api_key.get_secret_value(), timeout=240
    )
    run = api.run(f"local/{account.project}/monitoring-here-{release}-2026-w45")
    return run, list(run.scan_history())


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
