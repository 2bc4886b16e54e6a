"""Observe, decide, save, apply: a rollout is reconciled, on any platform.

Level-triggered: a reconciliation needs nothing of the one before but the saved record, so a process killed
between any two of the four is replaced by another one that goes on to the same end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fraud_rollout.core.decide import decide
from fraud_rollout.core.state.desired import Desired
from fraud_rollout.core.state.observed import Observed
from fraud_rollout.core.state.record import Record
from fraud_rollout.platforms.platform import Platform
from fraud_rollout.records.errors import NoSuchRecord, RecordNotSaved
from fraud_rollout.records.store import RecordStore


@dataclass(frozen=True)
class Loop:
    """Drives rollouts, whose records are in `records`, on `platform`."""

    records: RecordStore
    platform: Platform
    now: Callable[[], datetime]
    """The present, aware of its zone."""

    def reconcile(self, record_id: str) -> Record:
        """The record after one reconciliation.

        Raises:
            NoSuchRecord: there is none of that id.
            RecordConflict: another process drives this rollout; nothing was applied.
            RecordNotSaved: nothing was applied, unless it takes traffic from the candidate.
        """
        record = self.records.load(record_id)
        if record is None:
            raise NoSuchRecord(f"There is no rollout {record_id}.")
        observed = self.platform.observe(record)
        moved, desired = decide(record, record.strategy, observed, self.now())
        saved = self._saved(record, moved, observed, desired)
        self.platform.apply(saved, desired)
        return saved

    def _saved(self, record: Record, moved: Record, observed: Observed, desired: Desired) -> Record:
        if moved == record:
            return record
        try:
            return self.records.save(moved)
        except RecordNotSaved:
            # The way back needs no disk: what protects callers is done, and decided again once there is room.
            if desired.weights.get(moved.candidate.name, 0) < (observed.weight or 0):
                self.platform.apply(moved, desired)
            raise
