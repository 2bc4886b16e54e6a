"""The transactions in the repository: complete, split in time, as the README says."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fraud_contract.errors import ArtifactMissing
from fraud_training.data.convert import BOUNDARIES, SAMPLE, SAMPLE_ROWS
from fraud_training.data.repository import FOLDER, Window, describe, load


def test_no_row_of_the_source_is_missing() -> None:
    frames = {window: load(window) for window in Window}
    first = [frames[Window.TRAIN], frames[Window.VALIDATION]]
    second = [frames[Window.EVALUATION], frames[Window.TRAFFIC]]
    counts = [
        (sum(map(len, part)), sum(int(each["is_fraud"].sum()) for each in part)) for part in (first, second)
    ]
    assert counts == [(1_260_847, 7_215), (531_877, 2_476)]


def test_windows_follow_each_other_in_time() -> None:
    ends = [pd.Timestamp(boundary) for boundary in BOUNDARIES.values()]
    starts = [pd.Timestamp("2019-01-01"), *ends[:-1]]
    for window, start, end in zip(BOUNDARIES, starts, ends, strict=True):
        time = load(window)["time"]
        assert time.is_monotonic_increasing
        assert start <= time.iloc[0]
        assert time.iloc[-1] < end


def test_columns_are_what_a_transaction_needs() -> None:
    frame = load(Window.EVALUATION)
    assert list(frame) == ["time", "amt", "hour", "day_of_week", "category", "is_fraud"]
    assert [str(frame[name].dtype) for name in frame][1:] == ["float64", "int8", "int8", "category", "bool"]
    assert list(frame["category"].cat.categories) == sorted(frame["category"].unique())
    assert frame.iloc[0][["amt", "hour", "day_of_week"]].tolist() == [66.48, 12, 6]


def test_amounts_are_the_doubles_of_their_decimal_text() -> None:
    amounts = load(Window.VALIDATION)["amt"].to_numpy()
    assert np.array_equal([float(f"{amount:.2f}") for amount in amounts[:20_000]], amounts[:20_000])


def test_fingerprints_in_the_readme_are_those_of_the_files() -> None:
    stated = dict(reversed(pair) for pair in re.findall(r"^([0-9a-f]{64})  (\S+)$", _readme(), re.MULTILINE))
    names = [*(f"{window}.parquet" for window in Window), SAMPLE]
    assert {name: hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() for name in names} == stated


def _readme() -> str:
    return (FOLDER / "README.md").read_text()


def test_the_sample_is_the_beginning_of_the_traffic() -> None:
    sample = pd.read_csv(FOLDER / SAMPLE, float_precision="round_trip")
    traffic = load(Window.TRAFFIC).head(SAMPLE_ROWS)
    columns = ["amt", "hour", "day_of_week", "category", "is_fraud"]
    expected = traffic[columns].astype({"category": str, "is_fraud": "int64"})
    pd.testing.assert_frame_equal(expected, sample, check_dtype=False)


def test_a_folder_without_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactMissing, match=re.escape(str(tmp_path / "traffic.parquet"))):
        load(Window.TRAFFIC, tmp_path)


def test_a_description_counts_the_rows_in_use() -> None:
    frame = load(Window.VALIDATION).head(10)
    described = describe(Window.VALIDATION, frame)
    assert (described["rows"], described["from"]) == (10, "2020-04-01 00:03:16")
    assert described["sha256"] in _readme()
