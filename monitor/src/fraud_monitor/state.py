"""What must outlive the monitor's process: the pages that counting goes on from, and the last week."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from fraud_contract.documents import write_atomically
from fraud_contract.metrics.page import Page
from fraud_monitor.core.profile import History
from fraud_monitor.delivery.waiting import Waiting


class Sample(BaseModel):
    """One series."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


class WatchState(BaseModel):
    """Of one release, where a window begins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    begins: float
    processes: dict[str, tuple[Sample, ...]]
    history: History = History()
    row: Waiting | None = None
    """Of the window that ended where this one begins: both are kept at once, or neither."""

    @classmethod
    def of(cls, begins: float, pages: Mapping[str, Page], history: History, row: Waiting | None) -> Self:
        """The state of a watch."""
        processes = {
            process: tuple(
                Sample(name=name, labels=labels, value=value) for (name, labels), value in page.items()
            )
            for process, page in pages.items()
        }
        return cls(begins=begins, processes=processes, history=history, row=row)

    @property
    def pages(self) -> dict[str, Page]:
        """The last page of each process."""
        return {
            process: {(each.name, each.labels): each.value for each in samples}
            for process, samples in self.processes.items()
        }

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """What an earlier process kept; None where nothing can be used: counting then begins anew."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValueError):
            return None


def write(path: Path, document: BaseModel) -> None:
    """Write it whole or not at all; a disk that refuses ends no process."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, document.model_dump_json().encode())
