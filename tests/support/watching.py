"""A monitor in the test's process, with a clock of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import wandb

from fraud_local.folders import Folders
from fraud_monitor.monitor import Monitor
from fraud_monitor.settings import MonitorSettings
from fraud_monitor.sources.scraping import Scraper
from fraud_monitor.sources.targets import Target, Targets
from fraud_registry.access.account import Account
from support.processes import Process

TOKEN = "t" * 24
"""Of the admin ports."""
MONDAY = 1_793_577_600.0
"""A Monday, 00:00 UTC."""


def target_of(process: Process, folders: Folders, release: str = "r1") -> Target:
    """Of a transformer, or of a process that is both."""
    return Target(
        release=release,
        admin=f"http://127.0.0.1:{process.admin_port}",
        api=process.url,
        model=str(folders.model),
        preprocessor=str(folders.preprocessor),
    )


def send(process: Process, payments: int, category: str = "travel") -> None:
    """Payments of all hours and days, in one request."""
    rows = [
        {"amt": 20.0 + each, "hour": each % 24, "day_of_week": each % 7, "category": category}
        for each in range(payments)
    ]
    answer = httpx.post(f"{process.url}/predict/batch", json={"transactions": rows}, timeout=240)
    assert 200 == answer.status_code


def settings_for(folder: Path, *targets: Target, **more: object) -> MonitorSettings:
    """With the state of the monitor in `folder`."""
    Targets(releases=targets).write(folder / "targets.json")
    return MonitorSettings.model_validate(
        {
            "monitor_targets": folder / "targets.json",
            "monitor_folder": folder / "state",
            "monitor_installation": "here",
            "admin_token": TOKEN,
            **more,
        }
    )


class Watching:
    """A monitor whose clock moves by `turn` alone."""

    def __init__(self, settings: MonitorSettings, account: Account, moment: float = MONDAY + 1_000) -> None:
        @contextmanager
        def accounts() -> Iterator[Account]:
            yield account

        self.moment = moment
        self.monitor = Monitor(settings, accounts, lambda: self.moment)

    def turn(self, seconds: float = 0.0) -> None:
        """One look, so much later."""
        self.moment += seconds
        with Scraper() as scraper:
            self.monitor.turn(scraper)

    def fill(self) -> None:
        """References and importance, at once."""
        for watch in self.monitor.watches.values():
            self.monitor.background.fill(watch)

    def deliver(self) -> None:
        """All that waits, once."""
        self.monitor.delivery.start()
        self.monitor.delivery.end(within=300)


def history_of(
    account: Account, release: str = "r1"
) -> tuple[wandb.apis.public.Run, list[dict[str, object]]]:
    """The run of the week after `MONDAY`, and its rows."""
    api = wandb.Api(
        overrides={"base_url": account.base_url}, api_key=account.api_key.get_secret_value(), timeout=240
    )
    run = api.run(f"local/{account.project}/monitoring-here-{release}-2026-w45")
    return run, list(run.scan_history())
