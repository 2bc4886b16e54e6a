"""From the generator's CSV files to the folder `training/data`.

    python -m fraud_training.data.convert TRAIN_CSV TEST_CSV

Run once; its output is in the repository. Nothing is lost: every amount is whole cents, every time whole
seconds, and both are checked while converting.
"""

import argparse
import csv
import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from fraud_training.data.repository import CENTS, FOLDER, Window, load

BOUNDARIES: Final = {
    Window.TRAIN: "2020-04-01 00:00:00",
    Window.VALIDATION: "2020-06-21 12:14:00",
    Window.EVALUATION: "2020-10-01 00:00:00",
    Window.TRAFFIC: "2021-01-01 00:00:00",
}
"""The first moment that is no more of the window; validation ends where the generator's first file does."""
SAMPLE: Final = "traffic_sample.csv.gz"
SAMPLE_ROWS: Final = 20_000
"""Seven days of traffic: every hour, every day of the week and every category occur."""
_ENCODINGS: Final = {"time": "DELTA_BINARY_PACKED", "amt": "BYTE_STREAM_SPLIT"}
"""The smallest of those tried: times ascend, the bytes of amounts compress best apart."""


def read_csv(paths: Sequence[Path]) -> pd.DataFrame:
    """The generator's rows in the order of the files: `time`, `category`, `amt` (cents), `is_fraud`.

    Raises:
        ValueError: an amount is not whole cents, or the times do not ascend.
    """
    read = [pd.read_csv(path, parse_dates=[0], float_precision="round_trip") for path in paths]
    rows = pd.concat(read, ignore_index=True).rename(columns={"trans_date_trans_time": "time"})
    cents = np.rint(rows["amt"] * CENTS).astype(np.int32)
    if not (cents / CENTS == rows["amt"]).all():
        raise ValueError("An amount is not whole cents; it cannot be stored without loss.")
    if not rows["time"].is_monotonic_increasing:
        raise ValueError("The rows are not in order of time. Name the earlier file first.")
    return rows.assign(amt=cents, is_fraud=rows["is_fraud"] == 1)


def _table(rows: pd.DataFrame) -> pa.Table:
    names = sorted(rows["category"].unique())
    codes = pd.Categorical(rows["category"], categories=names).codes
    return pa.table(
        {
            "time": pa.array(rows["time"].to_numpy("datetime64[s]")),
            "amt": pa.array(rows["amt"].to_numpy(np.int32)),
            "category": pa.DictionaryArray.from_arrays(pa.array(codes, pa.int8()), names),
            "is_fraud": pa.array(rows["is_fraud"].to_numpy(np.bool_)),
        }
    )


def write_window(rows: pd.DataFrame, path: Path) -> None:
    """Store one window's rows as columns."""
    parquet.write_table(
        _table(rows),
        path,
        compression="zstd",
        compression_level=19,
        use_dictionary=["category"],
        column_encoding=_ENCODINGS,
    )


def write_sample(frame: pd.DataFrame, path: Path) -> None:
    """The frame's transactions as gzipped CSV, for callers that have the standard library alone."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = ["amt", "hour", "day_of_week", "category", "is_fraud"]
    writer.writerow(columns)
    writer.writerows(frame[columns].astype({"is_fraud": int}).itertuples(index=False))
    path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


def convert(sources: Sequence[Path], folder: Path) -> dict[Window, int]:
    """Write every window and the sample into `folder`; returns the rows per window."""
    rows = read_csv(sources)
    folder.mkdir(parents=True, exist_ok=True)
    counts: dict[Window, int] = {}
    start = 0
    for window, boundary in BOUNDARIES.items():
        end = int(rows["time"].searchsorted(pd.Timestamp(boundary)))
        write_window(rows.iloc[start:end], folder / f"{window}.parquet")
        counts[window], start = end - start, end
    if start != len(rows):
        raise ValueError(f"{len(rows) - start} rows lie beyond {BOUNDARIES[Window.TRAFFIC]}.")
    write_sample(load(Window.TRAFFIC, folder).head(SAMPLE_ROWS), folder / SAMPLE)
    return counts


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m fraud_training.data.convert", description=main.__doc__)
    parser.add_argument("sources", nargs=2, type=Path, metavar="CSV", help="the earlier file, then the later")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    options = parser.parse_args(arguments)
    for window, count in convert(options.sources, options.folder).items():
        print(f"{window}: {count:,} rows")  # noqa: T201 - a command's answer


if __name__ == "__main__":
    main()
