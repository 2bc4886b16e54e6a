"""The generator's CSV files to columns, without loss."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from fraud_training.data.convert import SAMPLE, convert, main, read_csv
from fraud_training.data.repository import Window, load

HEAD = "trans_date_trans_time,category,amt,is_fraud\n"
FIRST = HEAD + "2019-01-01 00:04:19,misc_pos,9.01,0\n2020-04-02 23:59:59,grocery_pos,129.3,1\n"
SECOND = HEAD + "2020-06-21 12:14:30,travel,22380.71,0\n2020-10-01 00:02:00,travel,1.0,1\n"


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / "first.csv", tmp_path / "second.csv"]
    for path, text in zip(paths, (FIRST, SECOND), strict=True):
        path.write_text(text)
    return paths


def test_every_field_of_every_row_comes_back(sources: list[Path], tmp_path: Path) -> None:
    counts = convert(sources, tmp_path / "data")
    rows = pd.concat([load(window, tmp_path / "data").astype({"category": str}) for window in Window])
    assert dict.fromkeys(Window, 1) == counts
    assert [str(time) for time in rows["time"]] == [
        "2019-01-01 00:04:19",
        "2020-04-02 23:59:59",
        "2020-06-21 12:14:30",
        "2020-10-01 00:02:00",
    ]
    assert rows["amt"].tolist() == [9.01, 129.3, 22380.71, 1.0]
    assert rows["category"].tolist() == ["misc_pos", "grocery_pos", "travel", "travel"]
    assert rows["is_fraud"].tolist() == [False, True, False, True]
    assert rows["hour"].tolist() == [0, 23, 12, 0]
    assert rows["day_of_week"].tolist() == [1, 3, 6, 3]


def test_the_sample_reads_with_the_standard_library(sources: list[Path], tmp_path: Path) -> None:
    convert(sources, tmp_path)
    text = gzip.decompress((tmp_path / SAMPLE).read_bytes()).decode()
    assert text == "amt,hour,day_of_week,category,is_fraud\n1.0,0,3,travel,1\n"


def test_equal_sources_give_equal_files(sources: list[Path], tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        convert(sources, folder)
    first, second = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert first == second


def test_a_fraction_of_a_cent_is_refused(sources: list[Path]) -> None:
    sources[0].write_text(HEAD + "2019-01-01 00:04:19,misc_pos,9.012,0\n")
    with pytest.raises(ValueError, match="whole cents"):
        read_csv(sources)


def test_files_in_the_wrong_order_are_refused(sources: list[Path]) -> None:
    with pytest.raises(ValueError, match="earlier file first"):
        read_csv(sources[::-1])


def test_rows_beyond_the_last_window_are_refused(sources: list[Path], tmp_path: Path) -> None:
    sources[1].write_text(HEAD + "2021-01-01 00:00:00,travel,1.0,1\n")
    with pytest.raises(ValueError, match="1 rows lie beyond"):
        convert(sources, tmp_path / "data")


def test_the_command_says_how_many_rows_it_wrote(
    sources: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([*map(str, sources), "--folder", str(tmp_path / "data")])
    assert capsys.readouterr().out.splitlines() == [f"{window}: 1 rows" for window in Window]
