"""See, decide, save, apply: one turn of a rollout, on any platform.

Level-triggered: a turn needs nothing of the one before but the saved record, so a process killed between
any two of the four is replaced by another one that goes on to the same end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fraud_rollout.core.decide import decide
from fraud_rollout.core.state.record import Record
from fraud_rollout.core.state.seen import Seen
from fraud_rollout.core.state.wanted import Wanted
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

    def once(self, record_id: str) -> Record:
        """The record after one turn.

        Raises:
            NoSuchRecord: there is none of that id.
            RecordConflict: another process drives this rollout; nothing was applied.
            RecordNotSaved: nothing was applied, unless it takes traffic from the candidate.
        """
        record = self.records.load(record_id)
        if record is None:
            raise NoSuchRecord(f"There is no rollout {record_id}.")
        seen = self.platform.seen(record)
        moved, wanted = decide(record, record.strategy, seen, self.now())
        saved = self._saved(record, moved, seen, wanted)
        self.platform.apply(saved, wanted)
        return saved

    def _saved(self, record: Record, moved: Record, seen: Seen, wanted: Wanted) -> Record:
        if moved == record:
            return record
        try:
            return self.records.save(moved)
        except RecordNotSaved:
            # The way back needs no disk: what protects callers is done, and decided again once there is room.
            if wanted.weights.get(moved.candidate.name, 0) < (seen.weight or 0):
                self.platform.apply(moved, wanted)
            raise
