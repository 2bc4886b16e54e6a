"""Transactions of another business, split in time into windows as those of the repository are."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from fraud_contract.errors import UsageError
from fraud_training.data.checks import Checker, described
from fraud_training.data.files import Batches, files_in
from fraud_training.data.repository import FOLDER, Window
from fraud_training.plan.source import FIELDS, Dates, Shares, Source
from fraud_training.progress import Progress

MAX_OWN_CATEGORIES: Final = 800
"""In the training window: their features in the golden rows fill most of the largest document."""
_SHOWN: Final = 5
_WINDOWS: Final = (Window.TRAIN, Window.VALIDATION, Window.EVALUATION)

Locate = Callable[[str], Path]
"""Where a file that a source names is on this disk."""


@contextmanager
def windows_of(source: Source | None, locate: Locate, progress: Progress) -> Iterator[Path]:
    """The folder with the windows of the source, while they are needed; without one, the repository's.

    Raises:
        UsageError: as `write_windows` does.
    """
    if source is None:
        yield FOLDER
        return
    with TemporaryDirectory(prefix="fraud-windows-") as folder:
        write_windows(source, locate, Path(folder), progress)
        yield Path(folder)


def write_windows(source: Source, locate: Locate, folder: Path, progress: Progress) -> None:
    """Write the source's windows to the existing `folder`, as `repository.load` reads them.

    Raises:
        UsageError: a file, column or row is unusable, there are too many categories, or a window lacks frauds
            or good payments.
    """
    progress.stage("Reading your transactions")
    files = [found for named in source.files for found in files_in(locate(named))]
    payments = _read(source, files, progress).in_order()
    progress.stage("Splitting them by time")
    ends = _ends(payments.local(source.timezone), source.split)
    _require_few_categories(payments, ends[0])
    for window, start, end in zip(_WINDOWS, (0, *ends), (*ends, len(payments)), strict=True):
        part = payments.between(start, end)
        _require_both_kinds(window, part)
        parquet.write_table(part.table(source.timezone), window.file_name(folder))


@dataclass(frozen=True)
class _Payments:
    """Columns of shape (n,), compact: 21 bytes a row."""

    names: npt.NDArray[np.object_]
    time: npt.NDArray[np.int64]
    amounts: npt.NDArray[np.float64]
    categories: npt.NDArray[np.int32]
    fraud: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.time)

    def in_order(self) -> "_Payments":
        """By time; of one time in the order of the files."""
        order = np.argsort(self.time, kind="stable")
        return _Payments(
            self.names, self.time[order], self.amounts[order], self.categories[order], self.fraud[order]
        )

    def between(self, start: int, end: int) -> "_Payments":
        """Those at the places from `start` to before `end`."""
        part = slice(start, end)
        return _Payments(
            self.names, self.time[part], self.amounts[part], self.categories[part], self.fraud[part]
        )

    def local(self, timezone: str | None) -> npt.NDArray[np.datetime64]:
        """Local times."""
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


def _read(source: Source, files: Sequence[Path], progress: Progress) -> _Payments:
    sizes = [path.stat().st_size for path in files]
    checker, checked = Checker(source), []
    report = _Report()
    for number, path in enumerate(files):
        first = 1
        batches = Batches(path, [source.column(name) for name in FIELDS])
        for batch in batches.read(partial(_advance, progress, sum(sizes[:number]), sum(sizes))):
            found = checker.check(batch)
            report.add(path, batches.torn, first, found.problems)
            first += batch.num_rows
            checked.append((found.time, found.amounts, found.categories, found.fraud))
        report.torn(path, batches.torn)
    report.require_usable()
    if not sum(len(time) for time, *_ in checked):
        raise UsageError("The files hold no transactions.")
    time, amounts, categories, fraud = (np.concatenate(column) for column in zip(*checked, strict=True))
    return _Payments(np.array(list(checker.names), object), time, amounts, categories, fraud)


def _advance(progress: Progress, before: int, total: int, done: int) -> None:
    progress.advance(before + done, total)


class _Report:
    """Which rows are unusable: how many, and the first few by name."""

    def __init__(self) -> None:
        self._count = 0
        self._shown: list[str] = []

    def add(
        self, path: Path, torn: Sequence[int], first: int, problems: dict[str, npt.NDArray[np.bool_]]
    ) -> None:
        """Those of a batch, whose rows are numbered from `first` on as if no line had been torn."""
        self._count += int(np.logical_or.reduce(list(problems.values())).sum())
        for place, reason in described(problems, _SHOWN - len(self._shown)):
            number = first + place
            for line in torn:
                number += line <= number
            self._shown.append(f"{path.name} row {number}: {reason}")

    def torn(self, path: Path, lines: Sequence[int]) -> None:
        """Lines of a file that have another number of columns than its header."""
        self._count += len(lines)
        for line in lines[: _SHOWN - len(self._shown)]:
            self._shown.append(f"{path.name} row {line}: another number of columns than the header")

    def require_usable(self) -> None:
        """Raise `UsageError` if any row is unusable."""
        if self._count:
            raise UsageError(
                f"{self._count:,} row(s) are unusable, none was dropped. The first: {'; '.join(self._shown)}."
                " Rows count from 1 below the header. Correct or remove them."
            )


def _ends(times: npt.NDArray[np.datetime64], split: Shares | Dates) -> tuple[int, int]:
    """The places at which the training and the validation window end."""
    if isinstance(split, Dates):
        train, validation = np.searchsorted(times, np.array([split.train, split.validation], times.dtype))
        return int(train), int(validation)
    return int(len(times) * split.train), int(len(times) * (split.train + split.validation))


def _require_few_categories(payments: _Payments, end: int) -> None:
    count = len(np.unique(payments.categories[:end]))
    if count > MAX_OWN_CATEGORIES:
        raise UsageError(
            f"The train window has {count:,} categories, and {MAX_OWN_CATEGORIES} is the most. "
            "Give rare ones a name in common, in the data and in the requests that are to be decided."
        )


def _require_both_kinds(window: Window, part: _Payments) -> None:
    frauds = int(part.fraud.sum())
    if not 0 < frauds < len(part):
        raise UsageError(
            f"The {window} window has {len(part):,} payments, {frauds:,} of them fraud; it needs both kinds. "
            "Give more data or another split (--split)."
        )
