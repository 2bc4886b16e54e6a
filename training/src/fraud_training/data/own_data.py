"""Transactions of another business: read from files, checked row by row, split in time into windows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv, parquet

from fraud_contract.errors import UsageError
from fraud_contract.transaction import MAX_AMOUNT, MAX_CATEGORY_LENGTH
from fraud_training.data.repository import Window
from fraud_training.progress import Progress

FIELDS: Final = ("time", "amt", "category", "is_fraud")
_LABELS: Final = {"0": False, "1": True, "false": False, "true": True, "legit": False, "fraud": True}
_OFFSET: Final = r"(?:Z|[+-]\d{2}:?\d{2})$"
_SHOWN: Final = 5
_WINDOWS: Final = (Window.TRAIN, Window.VALIDATION, Window.EVALUATION)


@dataclass(frozen=True)
class Source:
    """Files and how to read them.

    `columns` maps a field (time, amt, category, is_fraud) to the name of its column. With `timezone` (an IANA
    name), times are instants, UTC where they have no offset; without, local times, and an offset is unusable.
    `shares` are those of the training and validation windows in order of time; evaluation has the rest.
    """

    files: Sequence[Path]
    columns: Mapping[str, str] = field(default_factory=dict)
    timezone: str | None = None
    shares: tuple[float, float] = (0.6, 0.2)


def write_windows(source: Source, folder: Path, progress: Progress) -> None:
    """Write the source's windows to the existing `folder`, as `data.load` reads them.

    Raises:
        UsageError: a file, column or row is unusable, or a window lacks frauds or good payments.
    """
    files = _files(source.files)
    parts = []
    problems: list[str] = []
    unusable = 0
    progress.stage("Reading your transactions")
    for done, path in enumerate(files, 1):
        first = 1
        for batch in _batches(path, [source.columns.get(name, name) for name in FIELDS]):
            frame, bad = _checked(batch, source.timezone)
            unusable += int(bad.notna().sum())
            shown = bad.dropna().head(_SHOWN - len(problems)).items()
            problems += [f"{path.name} row {first + int(str(at))}: {reason}" for at, reason in shown]
            first += len(batch)
            parts.append(frame)
        progress.advance(done, len(files))
    if unusable:
        raise UsageError(
            f"{unusable} row(s) are unusable, none was dropped. The first: {'; '.join(problems)}. Rows count "
            "from 1 below the header. Correct or remove them."
        )
    if not parts:
        raise UsageError("The files hold no transactions.")
    rows = pd.concat(parts, ignore_index=True).sort_values("time", kind="stable", ignore_index=True)
    if source.timezone:
        rows["time"] = rows["time"].dt.tz_localize("UTC").dt.tz_convert(source.timezone).dt.tz_localize(None)
    _write(rows, source.shares, folder)


def _files(named: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in named:
        found = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
        if not found or not path.exists():
            raise UsageError(f"{path} is no file, and no folder with .parquet files.")
        files += found
    return files


def _batches(path: Path, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
    """The four columns as text (Parquet: as they are), some ten thousand rows at a time."""
    try:
        for batch in _opened(path, columns):
            yield batch.to_pandas()[list(columns)].set_axis(list(FIELDS), axis=1)
    except (pa.ArrowException, OSError) as error:
        raise UsageError(f"{path} cannot be read: {error}. {_MAPPING}") from None


def _opened(path: Path, columns: Sequence[str]) -> Iterator[Any]:
    if path.name.endswith((".csv", ".csv.gz")):
        convert = csv.ConvertOptions(
            column_types=dict.fromkeys(columns, pa.string()),
            include_columns=list(columns),
            strings_can_be_null=True,
            null_values=[""],
        )
        return iter(csv.open_csv(path, convert_options=convert))
    if path.suffix != ".parquet":
        raise UsageError(f"{path} is neither .csv, .csv.gz nor .parquet.")
    missing = set(columns) - set(parquet.read_schema(path).names)
    if missing:
        raise UsageError(f"{path} has no column {', '.join(sorted(missing))}. {_MAPPING}")
    return iter(parquet.ParquetFile(path).iter_batches(columns=list(columns)))


_MAPPING: Final = "Needed are time, amt, category and is_fraud; name others by --column amt=amount."


def _checked(batch: pd.DataFrame, timezone: str | None) -> tuple[pd.DataFrame, "pd.Series[Any]"]:
    """The rows as `data.load` gives them, and for each row what is wrong with it (None: nothing)."""
    text = batch["time"].astype(str)
    time = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce").dt.tz_localize(None)
    amount = pd.to_numeric(batch["amt"], errors="coerce").astype(np.float64)
    label = batch["is_fraud"].astype(str).str.strip().str.lower().map(_LABELS)
    names = batch["category"].astype(object)
    bad = pd.Series(None, index=batch.index, dtype=object)
    checks = {
        "time is no ISO 8601 time": time.isna(),
        "amt is no number above 0 and up to 1e9": ~((amount > 0) & (amount <= MAX_AMOUNT)),
        "category is no text of 1 to 64 characters": ~names.map(_is_category).astype(bool),
        "is_fraud is none of 0/1, true/false, legit/fraud": label.isna(),
    }
    if timezone is None:
        checks["time has an offset: name --timezone"] = text.str.contains(_OFFSET, regex=True)
    for reason, where in checks.items():
        bad[where & bad.isna()] = reason
    frame = pd.DataFrame(
        {
            "time": time.astype("datetime64[ms]"),
            "amt": amount,
            "category": names.where(bad.isna(), "").astype(str),
            "is_fraud": label.eq(other=True),
        }
    )
    return frame, bad


def _is_category(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_CATEGORY_LENGTH


def _write(rows: pd.DataFrame, shares: tuple[float, float], folder: Path) -> None:
    ends = [int(len(rows) * share) for share in (shares[0], shares[0] + shares[1])]
    categories = pd.CategoricalDtype(sorted(rows["category"].iloc[: ends[0]].unique()))
    rows["category"] = rows["category"].astype(object)
    for window, start, end in zip(_WINDOWS, (0, *ends), (*ends, len(rows)), strict=True):
        part = rows.iloc[start:end].copy()
        frauds = int(part["is_fraud"].sum())
        if not 0 < frauds < len(part):
            raise UsageError(
                f"The {window} window has {len(part)} payments, {frauds} of them fraud; it needs both kinds. "
                "Give more data or other shares (--split)."
            )
        if window is Window.TRAIN:
            part["category"] = part["category"].astype(categories)
        else:
            part["category"] = part["category"].astype("category")
        parquet.write_table(pa.Table.from_pandas(part, preserve_index=False), window.file_name(folder))


def shares_of(split: str | None) -> tuple[float, float]:
    """`train=0.6,validation=0.2` as shares.

    Raises:
        UsageError: it is something else, or leaves nothing for evaluation.
    """
    if split is None:
        return Source(()).shares
    try:
        given = {name: float(share) for name, share in (each.split("=") for each in split.split(","))}
        train, validation = given.pop("train"), given.pop("validation")
    except (ValueError, KeyError):
        train = validation = -1.0
        given = {}
    if given or not (train > 0 and validation > 0 and train + validation < 1):
        raise UsageError(f"--split {split}: give train=0.6,validation=0.2 (evaluation has the rest).")
    return train, validation


def columns_of(mappings: Sequence[str], timestamp: str | None) -> dict[str, str]:
    """`amt=amount` and its like as a mapping from field to column.

    Raises:
        UsageError: one has another form, or names no field.
    """
    columns = {}
    for each in mappings:
        name, equals, column = each.partition("=")
        if name not in FIELDS or not equals or not column:
            raise UsageError(f"--column {each}: give FIELD=COLUMN, FIELD one of {', '.join(FIELDS)}.")
        columns[name] = column
    if timestamp:
        columns["time"] = timestamp
    return columns


def known_timezone(name: str | None) -> str | None:
    """The name, if it is one.

    Raises:
        UsageError: nobody knows it.
    """
    try:
        return ZoneInfo(name).key if name else None
    except (KeyError, ValueError, OSError):
        raise UsageError(f"--timezone {name}: no such time zone; give one like Europe/Berlin.") from None
