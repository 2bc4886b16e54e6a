"""Rows on their way to W&B: a file each, so that they outlive the process, and no more than fit."""

import threading
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from fraud_monitor.delivery.waiting import Waiting
from fraud_monitor.state import write

_BYTES: Final = 1 << 20
"""Of one row; a usual one has some 6 kB."""


class Spool:
    """Rows that wait, oldest first, at most `capacity`. A full disk costs their survival only."""

    def __init__(self, folder: Path, capacity: int) -> None:
        self._folder = folder
        self._capacity = capacity
        self.dropped = 0
        """Rows that did not fit, the oldest each time."""
        self._lock = threading.Lock()
        self._waiting = _read(folder)
        self._shed()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, waiting: Waiting) -> None:
        """Keep a row until it is delivered; one that waits already takes no second place."""
        write(self._folder / waiting.file_name, waiting)
        with self._lock:
            others = [each for each in self._waiting if each.file_name != waiting.file_name]
            self._waiting = [*others, waiting]
            self._shed()

    def next(self, most: int) -> list[Waiting]:
        """The oldest rows of one run, at most so many."""
        with self._lock:
            oldest = self._waiting[:most]
        return list(takewhile(lambda each: each.run.id == oldest[0].run.id, oldest))

    def delivered(self, rows: list[Waiting]) -> None:
        """Forget rows that have arrived."""
        gone = {id(each) for each in rows}
        with self._lock:
            self._waiting = [each for each in self._waiting if id(each) not in gone]
        for each in rows:
            self._remove(each)

    def _shed(self) -> None:
        while len(self._waiting) > self._capacity:
            self._remove(self._waiting.pop(0))
            self.dropped += 1

    def _remove(self, waiting: Waiting) -> None:
        with suppress(OSError):
            (self._folder / waiting.file_name).unlink(missing_ok=True)


def _read(folder: Path) -> list[Waiting]:
    """What an earlier process left; what cannot be read any more is passed over."""
    found = list[Waiting]()
    for path in sorted(folder.glob("*.json")):
        with suppress(OSError, ValidationError):
            if path.stat().st_size <= _BYTES:
                found.append(Waiting.model_validate_json(path.read_bytes()))
    return found
