"""What keeps records: files on one machine, objects on a cluster."""

from collections.abc import Sequence
from typing import Protocol

from fraud_rollout.core.state.record import Record
from fraud_rollout.records.details import Details


class RecordStore(Protocol):
    """Records of rollouts by id, each with the details that its report shows."""

    def load(self, record_id: str) -> Record | None:
        """The record as last saved; None if there is none. Raises `RecordUnreadable` for another content."""
        ...

    def save(self, record: Record) -> Record:
        """Save it in the place of what it was made from; returns it with its new version.

        `record.version` is the version it was loaded with, 0 for a new one.

        Raises:
            RecordConflict: another version is stored.
            RecordNotSaved: it could not be written; what was stored before still is.
        """
        ...

    def all(self) -> Sequence[Record]:
        """Every readable record, the oldest first."""
        ...

    def load_details(self, record_id: str) -> Details:
        """What was saved of the rollout's details; empty ones if nothing was, or it is unreadable."""
        ...

    def save_details(self, record_id: str, details: Details) -> None:
        """Save them in the place of the former ones. Raises `RecordNotSaved`."""
        ...
