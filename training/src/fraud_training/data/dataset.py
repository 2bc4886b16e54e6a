"""A window of the data as a dataset that releases are judged by."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from fraud_contract.artifacts.dataset import RECORD, DatasetDocument, write_dataset
from fraud_training.data.repository import FOLDER, Window, describe, load

_FACTS: Final = ("amt", "hour", "day_of_week", "is_fraud")


def write_window_dataset(folder: Path, window: Window = Window.EVALUATION, data: Path = FOLDER) -> str:
    """Write the window's payments into the new `folder`; returns the dataset's digest.

    Raises:
        ArtifactMissing: the window's file is not in `data`.
    """
    frame = load(window, data)
    return write_payments(folder, window, frame, describe(window, frame, data))


def write_payments(folder: Path, window: Window, frame: pd.DataFrame, described: Mapping[str, Any]) -> str:
    """Write the rows of `frame`, which `repository.load` gave, as a dataset; returns its digest."""
    rows = np.empty(len(frame), RECORD)
    for name in _FACTS:
        rows[name] = frame[name].to_numpy()
    rows["category"] = frame["category"].cat.codes.to_numpy()
    document = DatasetDocument(
        window=window.value,
        fingerprint=described["sha256"],
        first=described["from"],
        last=described["to"],
        rows=described["rows"],
        frauds=described["frauds"],
        categories=tuple(frame["category"].cat.categories),
    )
    return write_dataset(folder, document, rows)
