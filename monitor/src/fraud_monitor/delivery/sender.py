"""Rows to W&B, in a thread of their own: where W&B is slow, refuses or is away, they wait in the spool."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final

from fraud_contract.errors import FraudError, RegistryError
from fraud_monitor.delivery.spool import Spool
from fraud_registry.access.account import Account
from fraud_registry.publishing.monitoring import DEADLINE, log_monitoring
from fraud_registry.references import Reference

_LOG: Final = logging.getLogger("fraud_monitor")
_MOST: Final = 200
"""Rows in one delivery, some two seconds of the SDK's work."""
_FIRST_PAUSE: Final = 15.0
_LONGEST_PAUSE: Final = 600.0
_LAST: Final = 20.0
"""Seconds for what is left when the process ends."""

_LOST: Final = (
    "W&B has later windows of {release} than {windows} of ours, which it thus does not take: another monitor "
    "writes to this run, or the clock was set back. End one of two monitors, or give it a "
    "FRAUD_MONITOR_INSTALLATION of its own."
)

Accounts = Callable[[], AbstractContextManager[Account]]
"""Opens the registry for as long as a delivery takes."""


@dataclass
class Consignment:
    """The rows of one release, and the artifacts that its run is linked to."""

    spool: Spool
    pins: Callable[[], tuple[Reference, ...]]
    linked: str = ""
    """The run that has windows and artifacts by this process. Until there is one, no window waits for others:
    people look for the run."""
    tried: float = field(init=False)
    """When the last window ended that W&B may have: of an earlier process, or of a delivery that failed."""

    def __post_init__(self) -> None:
        self.tried = max((each.row.at for each in self.spool.next(len(self.spool))), default=0.0)


@dataclass
class Health:
    """How deliveries went."""

    delivered: int = 0
    failures: int = 0
    seconds: float = 0.0
    """That the last delivery took, whether it arrived or not."""
    errors: dict[str, str] = field(default_factory=dict)
    """By release, where its last delivery failed."""
    url: dict[str, str] = field(default_factory=dict)
    """Of the run, by release."""

    @property
    def error(self) -> str:
        """What went wrong with the last deliveries; empty where all arrived."""
        return " ".join(dict.fromkeys(self.errors.values()))


class Delivery:
    """Delivers what waits in spools, `batch` windows of a release together; each ends within `deadline` s."""

    def __init__(
        self, accounts: Accounts, project: str | None, batch: int, deadline: float = DEADLINE
    ) -> None:
        self._accounts = accounts
        self._project = project
        self._batch = batch
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
            self._wake.wait()
            self._wake.clear()
            ending = self._ending
            if self._deliver(ending=ending):
                pause = 0.0
            elif not ending:
                pause = min(_LONGEST_PAUSE, 2 * pause or _FIRST_PAUSE)
                self._rest(pause)
                self._wake.set()
            if ending:
                return

    def _rest(self, pause: float) -> None:
        """Until the pause is over or the process ends; new rows do not hasten a registry that is away."""
        ends = time.monotonic() + pause
        while not self._ending and time.monotonic() < ends:
            self._wake.wait(min(1.0, pause))
            self._wake.clear()

    def _deliver(self, *, ending: bool) -> bool:
        """Whether all that is due has arrived; what is refused of one release keeps back no other's."""
        due = [(name, each) for name, each in self._all() if self._is_due(each, ending=ending)]
        if not due:
            return True
        try:
            with self._accounts() as account:
                arrived = [self._attempt(name, each, account) for name, each in due]
        except Exception as error:  # noqa: BLE001 - as below
            self._failed([name for name, _ in due], error)
            return False
        return all(arrived)

    def _attempt(self, name: str, consignment: Consignment, account: Account) -> bool:
        begun = time.monotonic()
        try:
            self._deliver_one(name, consignment, account)
        except Exception as error:  # noqa: BLE001 - a full disk or a defect of ours must not end deliveries
            self._failed([name], error)
            return False
        finally:
            self.health.seconds = time.monotonic() - begun
        self.health.errors.pop(name, None)
        return True

    def _failed(self, releases: Sequence[str], error: Exception) -> None:
        text = error.message if isinstance(error, FraudError) else f"{type(error).__name__}: {error}"
        self.health.failures += 1
        if any(self.health.errors.get(name) != text for name in releases):
            _LOG.warning("W&B takes no windows of %s, they wait: %s", ", ".join(releases), text)
        self.health.errors |= dict.fromkeys(releases, text)

    def _deliver_one(self, name: str, consignment: Consignment, account: Account) -> None:
        own = account if self._project is None else account.model_copy(update={"project": self._project})
        while rows := consignment.spool.next(_MOST):
            run = rows[0].run
            pins = () if run.id == consignment.linked else _named(consignment.pins(), account)
            known, consignment.tried = consignment.tried, max(consignment.tried, rows[-1].row.at)
            logged = log_monitoring(own, run, pins, [each.row for each in rows], self._deadline)
            consignment.spool.delivered(rows)
            consignment.linked = run.id
            self.health.url[name] = logged.run_url
            lost = sum(each.row.at > known for each in rows[: len(rows) - logged.added])
            self.health.delivered += len(rows) - lost
            if lost:
                raise RegistryError(_LOST.format(release=name, windows=lost))

    def _is_due(self, consignment: Consignment, *, ending: bool) -> bool:
        waiting = len(consignment.spool)
        return waiting >= self._batch or (waiting > 0 and (ending or not consignment.linked))

    def _all(self) -> list[tuple[str, Consignment]]:
        with self._lock:
            return list(self._consignments.items())


def _named(pins: Iterable[Reference], account: Account) -> tuple[Reference, ...]:
    """Pins without a project are the account's own, whatever project the run is in."""
    return tuple(Reference(pin.name, pin.version, pin.entity, pin.project or account.project) for pin in pins)
