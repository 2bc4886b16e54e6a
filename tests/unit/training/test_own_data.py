"""Transactions of another business: every form of file gives the same windows; what is unusable is named."""

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fraud_contract.errors import UsageError
from fraud_training.data.repository import Window, load
from fraud_training.data.windows import write_windows
from fraud_training.plan.source import Source
from fraud_training.progress import Silent

WINDOWS = (Window.TRAIN, Window.VALIDATION, Window.EVALUATION)
FRAME = pd.DataFrame(
    {
        "time": pd.date_range("2025-01-01", periods=60, freq="7h"),
        "amt": np.arange(60) * 1.25 + 0.01,
        "category": ["books", "café", "toys, <games>"] * 20,
        "is_fraud": [False, False, True, False, True] * 12,
    }
)


def windows(source: Source, folder: Path) -> list[pd.DataFrame]:
    (folder / "windows").mkdir()
    write_windows(source, Path, folder / "windows", Silent())
    return [load(window, folder / "windows") for window in WINDOWS]


def csv(path: Path, frame: pd.DataFrame = FRAME, separator: str = ",", encoding: str = "utf-8") -> None:
    frame.to_csv(path, index=False, sep=separator, encoding=encoding)


def in_parts(path: Path) -> None:
    path.mkdir()
    FRAME.iloc[30:].to_parquet(path / "a.parquet")
    (path / "2025").mkdir()
    FRAME.iloc[:30].to_parquet(path / "2025" / "b.parquet")
    (path / "_SUCCESS.csv").write_text("left by whatever wrote the others")


FORMS: dict[str, Callable[[Path], object]] = {
    "payments.csv": csv,
    "semicolons.csv": lambda path: csv(path, separator=";"),
    "marked.csv": lambda path: csv(path, encoding="utf-8-sig"),
    "payments.csv.gz": lambda path: FRAME.to_csv(path, index=False),
    "payments.parquet": FRAME.to_parquet,
    "typed.parquet": FRAME.astype(
        {"category": "category", "is_fraud": "int8", "amt": "float64", "time": "datetime64[us]"}
    ).to_parquet,
    "texts.parquet": FRAME.astype(str).to_parquet,
    "folder": in_parts,
    "more columns.csv": lambda path: csv(path, FRAME.assign(note="one line\nand another")[::-1]),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_windows(name: str, tmp_path: Path) -> None:
    FORMS[name](tmp_path / name)
    train, validation, evaluation = windows(Source(files=(str(tmp_path / name),)), tmp_path)
    both = pd.concat([train, validation, evaluation], ignore_index=True)
    assert [36, 12, 12] == [len(train), len(validation), len(evaluation)]
    assert FRAME["time"].tolist() == both["time"].tolist()
    assert FRAME["amt"].tolist() == both["amt"].tolist()
    assert FRAME["category"].tolist() == both["category"].tolist()
    assert FRAME["is_fraud"].tolist() == both["is_fraud"].tolist()
    assert FRAME["time"].dt.hour.tolist() == both["hour"].tolist()
    assert ["books", "café", "toys, <games>"] == list(train["category"].cat.categories)


def test_columns_and_labels_have_any_names(tmp_path: Path) -> None:
    kinds = FRAME["is_fraud"].map({True: "Chargeback", False: "ok"})
    frame = FRAME.assign(is_fraud=kinds).rename(columns={"is_fraud": "state", "amt": "price"})
    csv(tmp_path / "payments.csv", frame)
    source = Source(
        files=(str(tmp_path / "payments.csv"),),
        columns={"is_fraud": "state", "amt": "price"},
        labels={"Chargeback": "fraud", "ok": "legit"},
    )
    assert FRAME["is_fraud"][:36].tolist() == windows(source, tmp_path)[0]["is_fraud"].tolist()


def test_merchant_category_codes_are_categories(tmp_path: Path) -> None:
    FRAME.assign(category=[5411, 5999] * 30).to_parquet(tmp_path / "payments.parquet")
    source = Source(files=(str(tmp_path / "payments.parquet"),))
    assert ["5411", "5999"] == list(windows(source, tmp_path)[0]["category"].cat.categories)


@pytest.mark.parametrize("zoned", [True, False])
def test_instants_are_converted_to_the_zone(zoned: bool, tmp_path: Path) -> None:
    # Summer time begins within these rows.
    times = pd.date_range("2025-03-20", periods=60, freq="7h", tz="UTC")
    local = times.tz_convert("America/New_York")
    frame = FRAME.assign(time=local if zoned else times.tz_localize(None))
    frame.to_parquet(tmp_path / "payments.parquet")
    source = Source(files=(str(tmp_path / "payments.parquet"),), timezone="America/New_York")
    train = windows(source, tmp_path)[0]
    assert local[:36].hour.tolist() == train["hour"].tolist()
    assert local[:36].dayofweek.tolist() == train["day_of_week"].tolist()


def test_windows_end_at_dates(tmp_path: Path) -> None:
    csv(tmp_path / "payments.csv")
    split = {"train": date(2025, 1, 8), "validation": "2025-01-14T12:00"}
    source = Source.model_validate({"files": [str(tmp_path / "payments.csv")], "split": split})
    train, validation, evaluation = windows(source, tmp_path)
    assert train["time"].max() < pd.Timestamp("2025-01-08") <= validation["time"].min()
    assert validation["time"].max() < pd.Timestamp("2025-01-14T12:00") <= evaluation["time"].min()


SPOILT = {
    "amt": ("many", r"amt is no number above 0"),
    "time": ("yesterday", "time is no ISO 8601 time"),
    "category": ("", "category is no printable text"),
    "is_fraud": ("perhaps", "is_fraud is none of 0/1, true/false, legit/fraud"),
}


@pytest.mark.parametrize("name", SPOILT)
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_an_unusable_value_is_named_by_row_and_column(name: str, suffix: str, tmp_path: Path) -> None:
    value, reason = SPOILT[name]
    frame = FRAME.astype(str).astype(object)
    frame.loc[4, name] = value
    frame.loc[9, name] = None
    path = tmp_path / f"payments{suffix}"
    frame.to_csv(path, index=False) if suffix == ".csv" else frame.to_parquet(path)
    with pytest.raises(
        UsageError, match=rf"^2 row\(s\) .*payments{suffix} row 5: {reason}.*row 10: {reason}"
    ):
        windows(Source(files=(str(path),)), tmp_path)


def test_rows_are_numbered_beyond_a_block_and_behind_torn_lines(tmp_path: Path) -> None:
    lines = ["time,amt,category,is_fraud,note", *["2025-01-01T00:00,1.5,books,0," + "x" * 90] * 90_000]
    lines[7] = "2025-01-01T00:00,1.5,books"
    lines[80_000] = lines[80_001] = "2025-01-01T00:00,-1.5,books,0,"
    (tmp_path / "payments.csv").write_text("\n".join(lines))
    with pytest.raises(UsageError) as raised:
        windows(Source(files=(str(tmp_path / "payments.csv"),)), tmp_path)
    for told in ("3 row(s)", "row 7: another number of columns", "row 80000: amt", "row 80001: amt"):
        assert told in raised.value.message


def test_an_offset_without_a_zone_is_unusable(tmp_path: Path) -> None:
    csv(tmp_path / "payments.csv", FRAME.assign(time=FRAME["time"].dt.tz_localize("UTC")))
    with pytest.raises(UsageError, match=r"60 row\(s\) .*time has an offset: name --timezone"):
        windows(Source(files=(str(tmp_path / "payments.csv"),)), tmp_path)


def test_what_the_files_lack_is_named(tmp_path: Path) -> None:
    csv(tmp_path / "payments.csv", FRAME.rename(columns={"amt": "amount"}))
    FRAME.drop(columns="amt").to_parquet(tmp_path / "payments.parquet")
    (tmp_path / "payments.xlsx").touch()
    (tmp_path / "empty.csv").write_text("time,amt,category,is_fraud\n")
    (tmp_path / "torn.csv.gz").write_bytes(gzip.compress(FRAME.to_csv().encode())[:-20])
    for name, reason in {
        "payments.csv": "has no column amt; it has time, amount, category",
        "payments.parquet": "has no column amt",
        "payments.xlsx": r"is neither \.csv",
        "empty.csv": "hold no transactions",
        "torn.csv.gz": "cannot be read",
        "nowhere": "is not there",
    }.items():
        with pytest.raises(UsageError, match=reason):
            write_windows(Source(files=(str(tmp_path / name),)), Path, tmp_path, Silent())


def _spoilt(path: Path) -> None:
    content = bytearray(gzip.compress(FRAME.to_csv(index=False).encode()))
    content[200:260] = bytes(60)
    path.write_bytes(content)


def _one_line(path: Path) -> None:
    path.write_bytes(gzip.compress(b'time,amt,category,is_fraud\n2025-01-01,1,"' + b"x" * (32 << 20)))


def _torn_lines(path: Path) -> None:
    path.write_bytes(gzip.compress(b"time,amt,category,is_fraud\n" + b"x\n" * 2_000_000))


def _wide(path: Path) -> None:
    pd.DataFrame({f"{number:070}\x1b[2J": [1] for number in range(3_000)}).to_parquet(path)


HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "spoilt.csv.gz": (_spoilt, "cannot be read"),
    "one line.csv.gz": (_one_line, "cannot be read"),
    "torn lines.csv.gz": (_torn_lines, "cannot be read"),
    "long header.csv": (lambda path: path.write_bytes(b"x" * (8 << 20)), "cannot be read"),
    "wide.parquet": (_wide, "and 2,980 more"),
    "no.parquet": (lambda path: path.write_bytes(b"PAR1" + b"\xff" * 4_000 + b"PAR1"), "cannot be read"),
    "ids.csv": (
        lambda path: csv(path, pd.concat([FRAME] * 2_000).assign(category=range(120_000))),
        "category has more than 100,000 values",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_holds_no_payments_is_refused_in_few_words(name: str, tmp_path: Path) -> None:
    write, reason = HOSTILE[name]
    write(tmp_path / name)
    with pytest.raises(UsageError, match=reason) as refused:
        write_windows(Source(files=(str(tmp_path / name),)), Path, tmp_path, Silent())
    assert len(refused.value.message) < 2_500


def test_a_window_needs_both_kinds_and_not_too_many_categories(tmp_path: Path) -> None:
    csv(tmp_path / "one kind.csv", FRAME.assign(is_fraud=[1] + [0] * 59))
    csv(tmp_path / "many.csv", pd.concat([FRAME] * 40).assign(category=[f"shop {i}" for i in range(2400)]))
    with pytest.raises(UsageError, match="validation window has 12 payments, 0 of them fraud"):
        write_windows(Source(files=(str(tmp_path / "one kind.csv"),)), Path, tmp_path, Silent())
    with pytest.raises(UsageError, match="train window has 1,440 categories, and 800 is the most"):
        write_windows(Source(files=(str(tmp_path / "many.csv"),)), Path, tmp_path, Silent())
