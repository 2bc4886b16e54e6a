"""What runs wanted people to know."""

from datetime import timedelta
from enum import StrEnum

from wandb_local.errors import InvalidRequestError, TooCostlyError
from wandb_local.limits import ALERTS
from wandb_local.store.database import Database
from wandb_local.store.records import Alert, Run
from wandb_local.values.clock import Clock, stamp


class AlertLevel(StrEnum):
    """How grave an alert is."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


class Alerts:
    """Alerts by run."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of_run(self, run: Run) -> list[Alert]:
        """The run's alerts, oldest first."""
        return self._database.all(Alert, "SELECT * FROM alert WHERE run_id = ? ORDER BY id", (run.id,))

    def add(self, run: Run, title: str, text: str, level: str, wait: timedelta) -> None:
        """Keep an alert, unless the run raised one of this title less than `wait` ago.

        Raises:
            InvalidRequestError: There is no such level.
            TooCostlyError: The run has as many as one may.
        """
        if level not in AlertLevel:
            message = f"alert level {level[:60]!r} is unknown; there are {', '.join(AlertLevel)}"
            raise InvalidRequestError(message)
        known, now = self.of_run(run), self._clock()
        if any(alert.title == title and alert.created_at > stamp(now - wait) for alert in known):
            return
        if len(known) >= ALERTS:
            raise TooCostlyError(f"the run has {ALERTS} alerts, the limit for one")
        self._database.run(
            "INSERT INTO alert (run_id, title, text, level, created_at) VALUES (?, ?, ?, ?, ?)",
            (run.id, title, text, level, stamp(now)),
        )
