"""Transactions of another business, split in time into windows as those of the repository are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import numpy.typing as npt
from pyarrow import parquet

from fraud_contract.errors import UsageError
from fraud_training.data.files import files_in
from fraud_training.data.repository import FOLDER, Window
from fraud_training.data.transactions import Transactions, read_transactions
from fraud_training.plan.source import Dates, Shares, Source
from fraud_training.progress import Progress

MAX_OWN_CATEGORIES: Final = 800
"""In the training window: their features in the golden rows fill most of the largest document."""
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
    transactions = read_transactions(source, files, progress).in_order()
    progress.stage("Splitting them by time")
    ends = _ends(transactions.local(source.timezone), source.split)
    _require_few_categories(transactions, ends[0])
    for window, start, end in zip(_WINDOWS, (0, *ends), (*ends, len(transactions)), strict=True):
        part = transactions.between(start, end)
        _require_both_kinds(window, part)
        parquet.write_table(part.table(source.timezone), window.file_name(folder))


def _ends(times: npt.NDArray[np.datetime64], split: Shares | Dates) -> tuple[int, int]:
    """The places at which the training and the validation window end."""
    if isinstance(split, Dates):
        train, validation = np.searchsorted(times, np.array([split.train, split.validation], times.dtype))
        return int(train), int(validation)
    return int(len(times) * split.train), int(len(times) * (split.train + split.validation))


def _require_few_categories(transactions: Transactions, end: int) -> None:
    count = len(np.unique(transactions.categories[:end]))
    if count > MAX_OWN_CATEGORIES:
        raise UsageError(
            f"The train window has {count:,} categories, and {MAX_OWN_CATEGORIES} is the most. "
            "Give rare ones a name in common, in the data and in the requests that are to be decided."
        )


def _require_both_kinds(window: Window, part: Transactions) -> None:
    frauds = int(part.fraud.sum())
    if not 0 < frauds < len(part):
        raise UsageError(
            f"The {window} window has {len(part):,} payments, {frauds:,} of them fraud; it needs both kinds. "
            "Give more data or another split (--split)."
        )
