"""The monitor's loop: look at all releases, close windows, hand rows over for delivery."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fraud_contract.artifacts.loading import Origin
from fraud_contract.artifacts.manifest import ORIGIN
from fraud_contract.errors import ArtifactError
from fraud_monitor.core.judgement import Limits
from fraud_monitor.delivery.sender import Accounts, Consignment, Delivery
from fraud_monitor.http.status import STATUS, MonitorStatus
from fraud_monitor.settings import MonitorSettings
from fraud_monitor.sources.background import Background
from fraud_monitor.sources.references import ReferenceStore, reference_of
from fraud_monitor.sources.scraping import Scraper
from fraud_monitor.sources.targets import Target, Targets
from fraud_monitor.state import write
from fraud_monitor.watch import Terms, Watch
from fraud_registry.references import Reference

_LOG: Final = logging.getLogger("fraud_monitor")


@dataclass
class Monitor:
    """Watches the releases that the targets name, until it is ended."""

    settings: MonitorSettings
    accounts: Accounts
    now: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        settings = self.settings
        self._terms = Terms(
            installation=settings.monitor_installation,
            interval=settings.monitor_interval,
            capacity=settings.monitor_buffer,
            folder=settings.monitor_folder,
            limits=Limits(settings.monitor_psi, settings.monitor_factor),
        )
        self.watches: dict[str, Watch] = {}
        self.delivery = Delivery(self.accounts, settings.monitor_project, settings.monitor_batch)
        self.status = MonitorStatus(
            installation=settings.monitor_installation,
            written=self.now(),
            delivered=0,
            delivery_failures=0,
            delivery_seconds=0.0,
            delivery_error="",
        )
        self._problem = ""
        self.background = Background(
            ReferenceStore(self.accounts, settings.monitor_folder / "artifacts"),
            None if settings.admin_token is None else settings.admin_token.get_secret_value(),
            settings.monitor_sample,
        )

    def run(self, ended: threading.Event, orphaned: threading.Event) -> None:
        """Look until `ended` is set; then close the windows and, unless `orphaned`, deliver what is left."""
        self.delivery.start()
        self.background.start()
        with Scraper() as scraper:
            self.turn(scraper)
            while not ended.wait(self.settings.monitor_scrape):
                self.turn(scraper)
            if not orphaned.is_set():  # else there is nothing left to look at
                self.turn(scraper)
            self._close_all()
        if not orphaned.is_set():
            self.delivery.end()
            self._report()

    def turn(self, scraper: Scraper) -> None:
        """One look at every release, and the end of each window that is due."""
        self._follow_targets()
        for watch in self.watches.values():
            watch.look(scraper)
            if watch.due(self.now()):
                watch.close(self.now())
                self.delivery.ready()
        self.background.watched = tuple(self.watches.values())
        self._report()

    def _report(self) -> None:
        health = self.delivery.health
        self.status = MonitorStatus(
            installation=self.settings.monitor_installation,
            written=self.now(),
            delivered=health.delivered,
            delivery_failures=health.failures,
            delivery_seconds=health.seconds,
            delivery_error=health.error,
            releases=tuple(
                watch.status(health.url.get(name, "")) for name, watch in sorted(self.watches.items())
            ),
        )
        write(self.settings.monitor_folder / STATUS, self.status)

    def _close_all(self) -> None:
        for watch in self.watches.values():
            watch.close(self.now())
        self._report()

    def _follow_targets(self) -> None:
        try:
            targets = Targets.read(self.settings.monitor_targets)
        except ArtifactError as error:
            if self._problem != error.message:
                _LOG.warning("The releases under watch stay what they were: %s", error.message)
            self._problem = error.message
            return
        self._problem = ""
        wanted = {target.release: target for target in targets.releases}
        for name in [name for name, watch in self.watches.items() if wanted.get(name) != watch.target]:
            self.watches.pop(name).close(self.now())
        for name, target in wanted.items():
            if name not in self.watches:
                self.watches[name] = watch = Watch(target, self._terms, self.now())
                self.delivery.add(name, Consignment(watch.spool, lambda target=target: pins_of(target)))  # type: ignore[misc]


def pins_of(target: Target) -> tuple[Reference, ...]:
    """The artifacts of a release as the registry names them; those that were never published are left out."""
    return tuple(pin for source in (target.model, target.preprocessor) if (pin := _pin(source)) is not None)


def _pin(source: str) -> Reference | None:
    if (named := reference_of(source)) is not None:
        return named
    try:
        found = Origin.read(Path(source) / ORIGIN)
    except ArtifactError:
        return None
    return Reference(found.name, found.version)
