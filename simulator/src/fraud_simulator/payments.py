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
        """What the service is told of it: the four facts and an id, never the truth."""
        return {
            "amt": self.amt,
            "hour": self.hour,
            "day_of_week": self.day_of_week,
            "category": self.category,
            "transaction_id": transaction_id,
        }


def read(path: Path) -> tuple[Payment, ...]:
    """All payments of a CSV file, gzipped if its name ends in `.gz`.

    Raises:
        TrafficUnreadable: there is no such file, or it is not of this form; the message names the line.
    """
    try:
        with _opened(path) as file:
            payments = tuple(_parsed(csv.DictReader(file), path))
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
        return cast("TextIO", gzip.open(path, "rt", encoding="utf-8", newline=""))
    return path.open(encoding="utf-8", newline="")


def _parsed(rows: csv.DictReader[str], path: Path) -> Iterable[Payment]:
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise TrafficUnreadable(f"{path} has no column {', '.join(missing)}. Needed: {', '.join(COLUMNS)}.")
    try:
        yield from map(_payment, rows)
    except (TypeError, ValueError, KeyError, AttributeError):
        raise TrafficUnreadable(
            f"{path}, line {rows.line_num}: not a payment. Needed: {', '.join(COLUMNS)}."
        ) from None


def _payment(row: Mapping[str, str]) -> Payment:
    return Payment(
        amt=float(row["amt"]),
        hour=int(row["hour"]),
        day_of_week=int(row["day_of_week"]),
        category=row["category"],
        is_fraud=_TRUTH[row["is_fraud"].lower()],
    )


_TRUTH: Final = {"0": False, "1": True, "false": False, "true": True}
