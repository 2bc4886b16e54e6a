"""Payments are read from CSV with their truth, which is never sent."""

import gzip
from pathlib import Path

import pytest

from fraud_simulator.errors import TrafficUnreadable
from fraud_simulator.payments import Payment, draw, read

HEADER = "amt,hour,day_of_week,category,is_fraud\n"
ROWS = "12.5,3,6,grocery_pos,0\n900.0,23,0,shopping_net,1\n"
PAYMENTS = (
    Payment(12.5, 3, 6, "grocery_pos", is_fraud=False),
    Payment(900.0, 23, 0, "shopping_net", is_fraud=True),
)


def test_a_gzipped_file_and_a_plain_one_are_read(tmp_path: Path) -> None:
    plain, packed = tmp_path / "traffic.csv", tmp_path / "traffic.csv.gz"
    plain.write_text(HEADER + ROWS)
    packed.write_bytes(gzip.compress((HEADER + ROWS).encode()))
    assert (read(plain), read(packed)) == (PAYMENTS, PAYMENTS)


def test_the_truth_may_be_written_as_a_word(tmp_path: Path) -> None:
    path = tmp_path / "traffic.csv"
    path.write_text(HEADER + ROWS.replace(",0\n", ",False\n").replace(",1\n", ",True\n"))
    assert read(path) == PAYMENTS


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "marked"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_what_excel_writes_is_read(tmp_path: Path, mark: str, delimiter: str, end: str) -> None:
    path = tmp_path / "traffic.csv"
    text = (HEADER + ROWS.replace(",0\n", ",FALSE\n")).replace(",", delimiter).replace("\n", end)
    decimal = text if delimiter == "," else text.replace("12.5", "12,5")
    path.write_bytes(f"{mark}{decimal}".encode())
    assert PAYMENTS == read(path)


def test_what_is_sent_holds_four_facts_and_an_id() -> None:
    assert PAYMENTS[1].transaction("sim-1") == {
        "amt": 900.0,
        "hour": 23,
        "day_of_week": 0,
        "category": "shopping_net",
        "transaction_id": "sim-1",
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"no column amt, hour, day_of_week, category, is_fraud"),
        ("amt,hour,category,is_fraud\n1,2,a,0\n", r"no column day_of_week; its first line has amt, hour, c"),
        (HEADER, r"holds no payments"),
        (HEADER + ROWS + "twelve,3,6,grocery_pos,0\n", r"line 4: not a payment"),
        (HEADER + "12.5,3,6,grocery_pos,perhaps\n", r"line 2: not a payment"),
        (HEADER + "12.5,3\n", r"line 2: not a payment"),
    ],
    ids=["empty", "column", "no-rows", "number", "truth", "short"],
)
def test_an_invalid_file_is_reported_by_line(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "traffic.csv"
    path.write_text(content)
    with pytest.raises(TrafficUnreadable, match=message):
        read(path)


def test_a_missing_file_is_reported_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(TrafficUnreadable, match=r"^no payments at .*none\.csv.*another file with --data\.$"):
        read(tmp_path / "none.csv")


def test_a_truncated_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "traffic.csv.gz"
    path.write_bytes(gzip.compress((HEADER + ROWS).encode())[:-12])
    with pytest.raises(TrafficUnreadable, match=r"cannot be read"):
        read(path)


def test_too_few_payments_are_repeated() -> None:
    assert sorted(draw(PAYMENTS, 5, seed=4), key=lambda each: each.amt)[:2] == [PAYMENTS[0], PAYMENTS[0]]
