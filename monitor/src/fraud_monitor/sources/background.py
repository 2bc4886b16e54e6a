"""What takes its time and may fail: reading artifacts, and asking releases what decides."""

import threading
import time
from dataclasses import dataclass, field
from typing import Final

from fraud_contract.errors import FraudError
from fraud_monitor.sources.importance import importance
from fraud_monitor.sources.references import ReferenceStore
from fraud_monitor.watch import Watch

_POLL: Final = 1.0
_AGAIN: Final = 30.0
"""Seconds after which what failed, or found no payments yet, is tried again."""
_HOUR: Final = 3_600.0


@dataclass
class Background:
    """Fills in what watches lack, in a thread of its own: looks and windows never wait for it."""

    store: ReferenceStore
    token: str | None
    """Opens recent payments; without it nothing is explained."""
    sample: int
    watched: tuple[Watch, ...] = ()
    _due: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._work, name="background", daemon=True).start()

    def fill(self, watch: Watch) -> None:
        """Give the watch its references, and the importance of each fact where an hour has passed."""
        if watch.references is None:
            watch.references = self.store.load(watch.target)
        if self.token is None or not self.sample:
            watch.problem = "" if self.sample == 0 else "no importance: the monitor has no admin token"
            return
        try:
            watch.importance = importance(watch.target, self.token, self.sample) or watch.importance
            watch.problem = ""
        except FraudError as error:
            watch.problem = error.message

    def _work(self) -> None:
        while True:
            for watch in self.watched:
                name = watch.target.release
                if time.monotonic() >= self._due.get(name, 0.0):
                    self.fill(watch)
                    complete = watch.references is not None and (watch.importance or not watch.problem)
                    self._due[name] = time.monotonic() + (_HOUR if complete and watch.importance else _AGAIN)
            time.sleep(_POLL)
