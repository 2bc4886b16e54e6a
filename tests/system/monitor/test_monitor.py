"""The monitor beside a real process, writing to a real registry through the real SDK."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import wandb

from fraud_local.folders import Folders
from fraud_monitor.monitor import Monitor
from fraud_monitor.scraping import Scraper
from fraud_monitor.settings import MonitorSettings
from fraud_monitor.targets import Target, Targets
from fraud_registry.access.account import Account
from support.processes import Process, Start
from system.monitor.conftest import TOKEN

MONDAY = 1_793_577_600.0
"""A Monday, 00:00 UTC."""


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


def settings_for(folder: Path, *targets: Target) -> MonitorSettings:
    Targets(releases=targets).write(folder / "targets.json")
    return MonitorSettings(
        monitor_targets=folder / "targets.json", monitor_folder=folder / "state", monitor_installation="here"
    )


def test_windows_of_a_release_become_rows_of_a_run_linked_to_its_artifacts(
    account: Account, folders: Folders, start: Start, tmp_path: Path
) -> None:
    @contextmanager
    def accounts() -> Iterator[Account]:
        yield account

    process = start(
        "fraud_standalone",
        MODEL_DIR=folders.model,
        PREPROCESSOR_DIR=folders.preprocessor,
        RELEASE="r1",
        ADMIN_TOKEN=TOKEN,
    )
    process.wait_ready()
    moment = [MONDAY + 1_000]
    monitor = Monitor(settings_for(tmp_path, target_of(process, folders)), accounts, lambda: moment[0])
    monitor.delivery.start()
    with Scraper() as scraper:
        monitor.turn(scraper)
        for payments in (30, 50):
            send(process, payments)
            moment[0] += 60
            monitor.turn(scraper)
    monitor.delivery.end(within=300)
    assert ("", 2) == (monitor.delivery.health.error, monitor.delivery.health.delivered)
    api = wandb.Api(
        overrides={"base_url": account.base_url}, api_key=account.api_key.get_secret_value(), timeout=240
    )
    run = api.run(f"local/{account.project}/monitoring-here-r1-2026-w45")
    rows = list(run.scan_history())
    assert [30, 50] == [row["decisions/total"] for row in rows]
    assert [35, 37] == [row["_step"] for row in rows]
    assert {"production_model:v0", "preprocessor:v0"} == {each.name for each in run.used_artifacts()}
