"""The payments to send, with the truth about each, which stays here."""

from __future__ import annotations

import csv
import gzip
import random
import zlib
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO, cast

from fraud_simulator.errors import TrafficUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COLUMNS: Final = ("amt", "hour", "day_of_week", "category", "is_fraud")
SAMPLE: Final = Path(__file__).resolve().parents[3] / "training" / "data" / "traffic_sample.csv.gz"
"""Held-back traffic in the checkout: no model was trained, chosen or evaluated on it."""


@dataclass(frozen=True)
class Payment:
    """One card payment and whether it was fraud."""

    amt: float
    hour: int
    day_of_week: int
    category: str
    is_fraud: bool

    def transaction(self, transaction_id: str) -> dict[str, object]:
        """What the service gets of it: the four facts and an id, never the truth."""
        return {
            "amt": self.amt,
            "hour": self.hour,
            "day_of_week": self.day_of_week,
            "category": self.category,
            "transaction_id": transaction_id,
        }


def read(path: Path) -> tuple[Payment, ...]:
    """All payments of a CSV file, gzipped if its name ends in `.gz`.

    As Excel writes it, too: with a byte order mark, and with semicolons or tabs between the columns, where an
    amount may have a decimal comma.

    Raises:
        TrafficUnreadable: there is no such file, or it is not of this form; the message names the line.
    """
    try:
        with _opened(path) as file:
            payments = tuple(_parsed(file, path))
    except FileNotFoundError:
        raise TrafficUnreadable(
            f"no payments at {path}. They come with the repository; name another file with --data."
        ) from None
    except (OSError, EOFError, UnicodeDecodeError, zlib.error, csv.Error) as error:
        raise TrafficUnreadable(f"{path} cannot be read ({error}). Name another file with --data.") from None
    if not payments:
        raise TrafficUnreadable(f"{path} holds no payments. Name another file with --data.")
    return payments


def draw(payments: Sequence[Payment], count: int, seed: int) -> tuple[Payment, ...]:
    """`count` payments in random order, the same for the same seed; repeated only if there are too few."""
    order = random.Random(seed).sample(payments, len(payments))  # noqa: S311 - repeatable, and no secret
    return tuple(islice(cycle(order), count))


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return cast("TextIO", gzip.open(path, "rt", encoding=_ENCODING, newline=""))
    return path.open(encoding=_ENCODING, newline="")


def _parsed(file: TextIO, path: Path) -> Iterable[Payment]:
    header = file.readline()
    delimiter = max(_DELIMITERS, key=header.count)
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise TrafficUnreadable(
            f"{path} has no column {', '.join(missing)}; its first line has {', '.join(names) or 'nothing'}. "
            f"Needed: {', '.join(COLUMNS)}."
        )
    rows = csv.DictReader(file, names, delimiter=delimiter)
    try:
        for row in rows:
            yield _payment(row, decimal_comma=delimiter != ",")
    except (TypeError, ValueError, KeyError, AttributeError):
        raise TrafficUnreadable(
            f"{path}, line {rows.line_num + 1}: not a payment. Needed: {', '.join(COLUMNS)}."
        ) from None


def _payment(row: Mapping[str, str], *, decimal_comma: bool) -> Payment:
    return Payment(
        amt=float(row["amt"].replace(",", ".") if decimal_comma else row["amt"]),
        hour=int(row["hour"]),
        day_of_week=int(row["day_of_week"]),
        category=row["category"],
        is_fraud=_TRUTH[row["is_fraud"].lower()],
    )


_ENCODING: Final = "utf-8-sig"
"""UTF-8, with or without a byte order mark."""
_DELIMITERS: Final = (",", ";", "\t")
_TRUTH: Final = {"0": False, "1": True, "false": False, "true": True}
