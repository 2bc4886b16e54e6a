"""Small labelled datasets made by hand."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from fraud_contract.artifacts.dataset import RECORD, Dataset, DatasetDocument, write_dataset
from support.artifacts.releases import CATEGORIES

WINDOW: Final = {"first": datetime(2020, 7, 1), "last": datetime(2020, 9, 30)}  # noqa: DTZ001 - local times


def labelled_rows(count: int, seed: int = 1) -> npt.NDArray[np.void]:
    """Payments over all hours, days and `CATEGORIES`; dear ones at night are frauds more often."""
    random = np.random.default_rng(seed)
    rows = np.empty(count, RECORD)
    rows["amt"] = np.round(random.lognormal(4.5, 1.5, count) + 0.01, 2)
    rows["hour"] = random.integers(0, 24, count)
    rows["day_of_week"] = random.integers(0, 7, count)
    rows["category"] = random.integers(0, len(CATEGORIES), count)
    rows["is_fraud"] = random.random(count) < np.where((rows["amt"] > 300) & (rows["hour"] > 12), 0.3, 0.01)
    return rows


def document_of(rows: npt.NDArray[np.void], **changes: Any) -> DatasetDocument:  # noqa: ANN401 - any field
    """What describes the rows, but for the changes."""
    fields: dict[str, Any] = {
        "window": "evaluation",
        "fingerprint": "e" * 64,
        **WINDOW,
        "rows": len(rows),
        "frauds": int(rows["is_fraud"].sum()),
        "categories": CATEGORIES,
    }
    return DatasetDocument(**fields | changes)


def small_dataset(folder: Path, count: int = 3_000, seed: int = 1) -> Dataset:
    """A dataset in the new `folder`."""
    rows = labelled_rows(count, seed)
    write_dataset(folder, document_of(rows), rows)
    return Dataset.load(folder)
