"""Rows to W&B, in a thread of their own: where W&B is slow, refuses or is away, they wait in the spool."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final

from fraud_contract.errors import FraudError
from fraud_monitor.delivery.spool import Spool
from fraud_registry.access.account import Account
from fraud_registry.publishing.monitoring import DEADLINE, log_monitoring
from fraud_registry.references import Reference

_LOG: Final = logging.getLogger("fraud_monitor")
_WINDOWS: Final = 5
"""Windows in one delivery: each starts the SDK for a second of CPU, which five windows of 60 s make 0.3 %."""
_MOST: Final = 200
"""Rows in one delivery, some two seconds of the SDK's work."""
_FIRST_PAUSE: Final = 15.0
_LONGEST_PAUSE: Final = 600.0
_LAST: Final = 20.0
"""Seconds for what is left when the process ends."""

Accounts = Callable[[], AbstractContextManager[Account]]
"""Opens the registry for as long as a delivery takes."""


@dataclass
class Consignment:
    """The rows of one release, and the artifacts that its run is linked to."""

    spool: Spool
    pins: Callable[[], tuple[Reference, ...]]
    first: bool = True
    """None was delivered by this process: do not let people wait for the run to appear."""


@dataclass
class Health:
    """How deliveries went."""

    delivered: int = 0
    failures: int = 0
    error: str = ""
    """Of the last delivery; empty where it arrived."""
    url: dict[str, str] = field(default_factory=dict)
    """Of the run, by release."""


class Delivery:
    """Delivers what waits in spools; a delivery ends within `deadline` seconds."""

    def __init__(self, accounts: Accounts, project: str | None, deadline: float = DEADLINE) -> None:
        self._accounts = accounts
        self._project = project
        self._deadline = deadline
        self._consignments: dict[str, Consignment] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._ending = False
        self.health = Health()
        self._thread = threading.Thread(target=self._work, name="delivery", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def add(self, release: str, consignment: Consignment) -> None:
        """Deliver the rows of this release from now on, those too that are left when its watch ends."""
        with self._lock:
            self._consignments[release] = consignment

    def ready(self) -> None:
        """Rows were put into a spool."""
        self._wake.set()

    def end(self, within: float = _LAST) -> None:
        """Deliver what is left, once, and return when that is done or took more than `within` seconds."""
        self._ending = True
        self._wake.set()
        self._thread.join(within)

    def _work(self) -> None:
        pause = 0.0
        while True:
            self._wake.wait(pause or None)
            self._wake.clear()
            ending = self._ending
            try:
                self._deliver(ending)
                pause = 0.0
            except Exception as error:  # noqa: BLE001 - a full disk or a defect of ours must not end deliveries
                self._failed(error)
                pause = min(_LONGEST_PAUSE, 2 * pause or _FIRST_PAUSE)
                if not ending:
                    self._rest(pause)
            if ending:
                return

    def _failed(self, error: Exception) -> None:
        text = error.message if isinstance(error, FraudError) else f"{type(error).__name__}: {error}"
        self.health.failures += 1
        if self.health.error != text:
            _LOG.warning("W&B takes no windows, they wait: %s", text)
        self.health.error = text

    def _rest(self, pause: float) -> None:
        """Until the pause is over or the process ends; new rows do not hasten a registry that is away."""
        ends = time.monotonic() + pause
        while not self._ending and time.monotonic() < ends:
            self._wake.wait(min(1.0, pause))
            self._wake.clear()

    def _deliver(self, ending: bool) -> None:
        due = [(name, each) for name, each in self._all() if _is_due(each, ending=ending)]
        if not due:
            return
        with self._accounts() as account:
            own = account if self._project is None else account.model_copy(update={"project": self._project})
            for name, consignment in due:
                self._deliver_one(name, consignment, account, own)

    def _deliver_one(self, name: str, consignment: Consignment, account: Account, own: Account) -> None:
        pins = tuple(
            Reference(pin.name, pin.version, pin.entity, pin.project or account.project)
            for pin in consignment.pins()
        )
        while rows := consignment.spool.next(_MOST):
            logged = log_monitoring(own, rows[0].run, pins, [each.row for each in rows], self._deadline)
            consignment.spool.delivered(rows)
            consignment.first = False
            self.health.delivered += len(rows)
            self.health.error = ""
            self.health.url[name] = logged.run_url

    def _all(self) -> list[tuple[str, Consignment]]:
        with self._lock:
            return list(self._consignments.items())


def _is_due(consignment: Consignment, *, ending: bool) -> bool:
    waiting = len(consignment.spool)
    return waiting >= _WINDOWS or (waiting > 0 and (ending or consignment.first))
