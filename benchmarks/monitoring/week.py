"""`python -m benchmarks.monitoring.week RELEASE PICTURE`: the run's page after a week in which amounts moved.

A monitor looks at the counters that the release would show in a week of the repository's later payments.
From the fourth day on their amounts are 1.3 times as large; each half hour is a window. The run goes to an
embedded registry of its own, and Chromium takes the picture of its page.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx
import numpy as np
import numpy.typing as npt

from benchmarks.errors import BenchmarkError
from benchmarks.monitoring.payments import Payments
from benchmarks.monitoring.release import Release
from fraud_contract.artifacts.loading import PREPROCESSOR, PRODUCTION_MODEL
from fraud_contract.metrics.page import Page, Series
from fraud_contract.metrics.scores import SCORE_BOUNDS
from fraud_contract.policy import DECISIONS
from fraud_monitor.core import names
from fraud_monitor.core.window import UNKNOWN
from fraud_monitor.monitor import Monitor
from fraud_monitor.settings import MonitorSettings
from fraud_monitor.sources.scraping import Scraped, Scraper
from fraud_monitor.sources.targets import Target, Targets
from fraud_registry.access.account import Account
from fraud_registry.embedded import embedded
from fraud_training.data.repository import Window

_HALF_HOUR: Final = 1_800.0
_WINDOWS: Final = 7 * 48 - 1
"""The last one of a week ends in the next, and would be in its run."""
_MONDAY: Final = 4
"""Days since 1970 of the first."""
_MOVES: Final = 3
"""Days after which amounts grow."""
_TIMES: Final = 1.3
_PATIENCE: Final = 300.0
_SIZE: Final = "1000,1900"


class Replay(Scraper):
    """Shows the counters of one process at a moment that `at` sets."""

    def __init__(self, release: Release, payments: Payments, windows: npt.NDArray[np.int64]) -> None:
        super().__init__()
        self._counts = _counted(release, payments, windows)
        self.at = 0
        """Windows that have passed."""

    def scrape(self, address: str, names: Iterable[str]) -> Scraped:
        """All series, which are no others than the monitor asks for."""
        del names
        page: Page = {series: float(counts[self.at]) for series, counts in self._counts.items()}
        return Scraped({address: page}, 0)


def _counted(
    release: Release, payments: Payments, windows: npt.NDArray[np.int64]
) -> dict[Series, npt.NDArray[np.float64]]:
    """Each series of the process, before the first window and after each."""
    found = dict[Series, npt.NDArray[np.float64]]()

    def count(name: str, amounts: npt.NDArray[np.generic], **labels: str) -> None:
        each = np.bincount(windows, weights=amounts.astype(np.float64), minlength=_WINDOWS)
        found[name, tuple(sorted(labels.items()))] = np.concatenate([[0.0], np.cumsum(each)])

    scores = release.scores(payments)
    decided, costs = release.decided(payments, scores)
    categories = np.array([*release.spec.categories, UNKNOWN])[release.codes(payments)]
    everything = np.ones(len(payments))
    count(names.REQUESTS, everything, route="/predict/", status="200")
    count(names.SCORE_SUM, scores)
    count(names.UNKNOWN, categories == UNKNOWN)
    for code, decision in enumerate(DECISIONS):
        count(names.EXPECTED_COST, costs * (decided == code), decision=decision.label)
        for category in np.unique(categories):
            both = (decided == code) & (categories == category)
            count(names.DECISIONS, both, category=str(category), decision=decision.label)
    for name, label, values in (
        (names.HOURS, "hour", payments.hours),
        (names.DAYS, "day", payments.weekdays),
    ):
        for value in np.unique(values):
            count(name, values == value, **{label: str(value)})
    for name, bounds, measured in (
        (names.SCORES, SCORE_BOUNDS, scores),
        (names.AMOUNTS, release.spec.reference.amount_edges, payments.amounts),
    ):
        for bound in bounds:
            count(name, measured <= bound, le=str(bound))
        count(name, everything, le="+Inf")
    return found


def _week() -> tuple[Payments, npt.NDArray[np.int64], float]:
    """Payments from a Monday on, the window of each, and when the first begins, in seconds since 1970."""
    later = Payments.of(Window.TRAFFIC)
    monday = int(next(day for day in np.unique(later.days) if day % 7 == _MONDAY))
    week = later.take((later.days >= monday) & (later.days < monday + 7))
    halves = np.arange(len(week)) % 2
    windows = 48 * (week.days - monday) + 2 * week.hours + halves
    seen = windows < _WINDOWS
    moved = np.where(week.days >= monday + _MOVES, _TIMES, 1.0)
    return replace(week, amounts=week.amounts * moved).take(seen), windows[seen], monday * 86_400.0


def _watched(folder: Path, release: Path, account: Account) -> str:
    """Address of the run of a monitor that saw the week."""
    target = Target(
        release="r1",
        admin="http://127.0.0.1:1",
        api="http://127.0.0.1:1",
        model=str(release / PRODUCTION_MODEL),
        preprocessor=str(release / PREPROCESSOR),
    )
    Targets(releases=(target,)).write(folder / "targets.json")
    settings = MonitorSettings(
        monitor_targets=folder / "targets.json",
        monitor_folder=folder / "state",
        monitor_interval=_HALF_HOUR,
    )
    payments, windows, begins = _week()

    @contextmanager
    def accounts() -> Iterator[Account]:
        yield account

    with Replay(Release(release), payments, windows) as replay:
        monitor = Monitor(settings, accounts, lambda: begins + replay.at * _HALF_HOUR)
        monitor.turn(replay)
        for watch in monitor.watches.values():
            monitor.background.fill(watch)
        while replay.at < _WINDOWS:
            replay.at += 1
            monitor.turn(replay)
    monitor.delivery.start()
    monitor.delivery.end(_PATIENCE)
    health = monitor.delivery.health
    if health.delivered != _WINDOWS:
        raise BenchmarkError(f"W&B has {health.delivered} of {_WINDOWS} windows. {health.error}")
    return health.url["r1"]


def _photographed(account: Account, url: str, folder: Path, picture: Path) -> None:
    """The beginning of the page, from a copy of it: the browser needs no key then."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise BenchmarkError("Not installed: chromium. Run: apt-get install -y chromium")
    key = account.api_key.get_secret_value()
    with httpx.Client(auth=("api", key), trust_env=False, timeout=_PATIENCE) as client:
        page = client.get(url).raise_for_status().text
        style = client.get(f"{account.base_url}/style.css").raise_for_status().text
    (folder / "page.html").write_text(page.replace('"/style.css"', '"style.css"'))
    (folder / "style.css").write_text(style)
    options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={_SIZE}"]
    command = [chromium, *options, f"--screenshot={picture.resolve()}", (folder / "page.html").as_uri()]
    done = subprocess.run(  # noqa: S603 - our own command, and our own page
        command, capture_output=True, text=True, check=False, timeout=_PATIENCE
    )
    if done.returncode or not picture.exists():
        raise BenchmarkError(f"Chromium took no picture: {done.stderr.strip()[-500:]}")


def main(arguments: list[str]) -> int:
    """Exit code: 0, or 1 after a line that says why there is no picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.monitoring.week", description=__doc__)
    parser.add_argument("release", type=Path, help="as `fraudctl train` leaves it")
    parser.add_argument("picture", type=Path, help="the PNG file to write")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="week-") as name:
            folder = Path(name)
            with embedded(folder / "wandb") as account:
                url = _watched(folder, options.release, account)
                _photographed(account, url, folder, options.picture)
    except BenchmarkError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
