"""The transactions in the repository, by window of time.

The split is in time, because a model is always asked about days it has not seen: fit on `TRAIN`, choose
on `VALIDATION`, report on `EVALUATION`; `TRAFFIC` is what simulated callers send. Nothing that may become
a candidate is fitted or chosen on the last two.
"""

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from fraud_contract.errors import ArtifactMissing

FOLDER: Final = Path(__file__).parents[3] / "data"
"""`training/data` of the checkout that this package was installed from (members are installed editable)."""
CENTS: Final = 100
"""Amounts are stored in cents; cents / 100 is the very double that the decimal text stands for."""


class Window(StrEnum):
    """A part of the data between two moments."""

    TRAIN = "train"
    VALIDATION = "validation"
    EVALUATION = "evaluation"
    TRAFFIC = "traffic"

    def file(self, folder: Path = FOLDER) -> Path:
        """Where the window is stored.

        Raises:
            ArtifactMissing: there is no such file.
        """
        path = self.file_name(folder)
        if not path.is_file():
            raise ArtifactMissing(
                f"No transactions at {path}. Name the folder that holds train.parquet and its like "
                "(training/data of the repository)."
            )
        return path

    def file_name(self, folder: Path) -> Path:
        """Where the window would be stored."""
        return folder / f"{self}.parquet"


def load(window: Window, folder: Path = FOLDER) -> pd.DataFrame:
    """The window's transactions as a DataFrame, in order of time.

    Columns: `time` (datetime64[s], local), `amt` (float64), `hour` (int8, 0-23), `day_of_week` (int8,
    Monday 0), `category` (pandas Categorical, names sorted), `is_fraud` (bool).

    Raises:
        ArtifactMissing: the window's file is not there.
    """
    table: pa.Table = parquet.read_table(window.file(folder))
    frame: pd.DataFrame = table.select(["time", "category", "is_fraud"]).to_pandas()
    amounts = table["amt"].to_numpy()
    # Other businesses' amounts may have other units than cents, and are stored as they are.
    frame["amt"] = amounts if pa.types.is_floating(table.schema.field("amt").type) else amounts / CENTS
    clock = frame["time"].dt
    frame["hour"] = clock.hour.astype(np.int8)
    frame["day_of_week"] = clock.dayofweek.astype(np.int8)
    return frame[["time", "amt", "hour", "day_of_week", "category", "is_fraud"]]


def describe(window: Window, frame: pd.DataFrame, folder: Path = FOLDER) -> dict[str, Any]:
    """What a model document says of the rows in use: how many, from when to when, and of which file."""
    with window.file(folder).open("rb") as file:
        fingerprint = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "rows": len(frame),
        "frauds": int(frame["is_fraud"].sum()),
        "from": str(frame["time"].iloc[0]),
        "to": str(frame["time"].iloc[-1]),
        "sha256": fingerprint,
    }
