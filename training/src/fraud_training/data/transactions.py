"""The transactions of one's own files, in compact columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from fraud_contract.errors import UsageError
from fraud_training.data.checks import Checker
from fraud_training.data.files import Batches
from fraud_training.data.unusable_rows import UnusableRows
from fraud_training.plan.source import FIELDS, Source
from fraud_training.progress import Progress


@dataclass(frozen=True)
class Transactions:
    """Columns of shape (n,): 21 bytes a row."""

    names: npt.NDArray[np.object_]
    """Of the categories, by number."""
    time: npt.NDArray[np.int64]
    """Milliseconds since 1970, as `Checked.time`."""
    amounts: npt.NDArray[np.float64]
    categories: npt.NDArray[np.int32]
    fraud: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.time)

    def in_order(self) -> "Transactions":
        """Sorted by time; those of one time stay in the order of the files."""
        order = np.argsort(self.time, kind="stable")
        return Transactions(
            self.names, self.time[order], self.amounts[order], self.categories[order], self.fraud[order]
        )

    def between(self, start: int, end: int) -> "Transactions":
        """Those at the places from `start` to before `end`."""
        part = slice(start, end)
        return Transactions(
            self.names, self.time[part], self.amounts[part], self.categories[part], self.fraud[part]
        )

    def local(self, timezone: str | None) -> npt.NDArray[np.datetime64]:
        """Local times, to the millisecond."""
        times = pd.DatetimeIndex(self.time.view("datetime64[ms]"))
        if timezone:
            times = times.tz_localize("UTC").tz_convert(timezone).tz_localize(None)
        return times.to_numpy("datetime64[ms]")

    def table(self, timezone: str | None) -> pa.Table:
        """As the windows are stored: names of categories are those that occur, sorted."""
        occurring, places = np.unique(self.categories, return_inverse=True)
        names = self.names[occurring]
        order = np.argsort(names)
        codes = np.argsort(order)[places].astype(np.int32)
        return pa.table(
            {
                "time": pa.array(self.local(timezone)),
                "amt": pa.array(self.amounts),
                "category": pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names[order])),
                "is_fraud": pa.array(self.fraud),
            }
        )


def read_transactions(source: Source, files: Sequence[Path], progress: Progress) -> Transactions:
    """All rows of the files, in their order; nothing is dropped.

    Raises:
        UsageError: a file, a column or a row is unusable, or there is no row.
    """
    sizes = [path.stat().st_size for path in files]
    checker, checked = Checker(source), []
    unusable = UnusableRows()
    for number, path in enumerate(files):
        first = 1
        batches = Batches(path, [source.column(name) for name in FIELDS])
        for batch in batches.read(partial(_advance, progress, sum(sizes[:number]), sum(sizes))):
            found = checker.check(batch)
            unusable.add(path, batches.malformed, first, found.problems)
            first += batch.num_rows
            checked.append((found.time, found.amounts, found.categories, found.fraud))
        unusable.add_malformed(path, batches.malformed)
    unusable.require_none()
    if not sum(len(time) for time, *_ in checked):
        raise UsageError("The files hold no transactions.")
    time, amounts, categories, fraud = (np.concatenate(column) for column in zip(*checked, strict=True))
    return Transactions(np.array(list(checker.names), object), time, amounts, categories, fraud)


def _advance(progress: Progress, before: int, total: int, done: int) -> None:
    progress.advance(before + done, total)
