"""Payments in columns, and shifts of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from fraud_training.data.repository import Window, load

Draw = np.random.Generator


@dataclass(frozen=True)
class Payments:
    """Columns of equal length, in order of time."""

    days: npt.NDArray[np.int64]
    """Days since 1970 of each payment."""
    amounts: npt.NDArray[np.float64]
    hours: npt.NDArray[np.int64]
    weekdays: npt.NDArray[np.int64]
    categories: npt.NDArray[np.object_]
    fraud: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, *windows: Window) -> Self:
        """Those of the repository's windows."""
        rows = pd.concat([load(each) for each in windows])
        return cls(
            days=rows["time"].to_numpy("datetime64[D]").astype(np.int64),
            amounts=rows["amt"].to_numpy(np.float64),
            hours=rows["hour"].to_numpy(np.int64),
            weekdays=rows["day_of_week"].to_numpy(np.int64),
            categories=rows["category"].astype(object).to_numpy(),
            fraud=rows["is_fraud"].to_numpy(bool),
        )

    def __len__(self) -> int:
        return len(self.days)

    def take(self, rows: npt.NDArray[np.integer] | npt.NDArray[np.bool_]) -> Self:
        """Those of some rows, in that order."""
        return type(self)(
            self.days[rows],
            self.amounts[rows],
            self.hours[rows],
            self.weekdays[rows],
            self.categories[rows],
            self.fraud[rows],
        )


Shift = Callable[[Payments, Draw], Payments]


def _new_category(payments: Payments, draw: Draw) -> Payments:
    renamed = draw.random(len(payments)) < 0.05  # noqa: PLR2004 - a share of the payments
    return replace(payments, categories=np.where(renamed, "crypto_exchange", payments.categories))


def _gone(category: str) -> Shift:
    return lambda payments, _: payments.take(payments.categories != category)


def _more_fraud(payments: Payments, _: Draw) -> Payments:
    rows = np.repeat(np.arange(len(payments)), np.where(payments.fraud, 3, 1))
    return payments.take(rows)


SHIFTS: Final[Mapping[str, Shift]] = {
    "amount x 1.3": lambda payments, _: replace(payments, amounts=payments.amounts * 1.3),
    "amount x 0.7": lambda payments, _: replace(payments, amounts=payments.amounts * 0.7),
    "hour + 3": lambda payments, _: replace(payments, hours=(payments.hours + 3) % 24),
    "day + 1": lambda payments, _: replace(payments, weekdays=(payments.weekdays + 1) % 7),
    "a new category, 5 %": _new_category,
    "category shopping_net gone": _gone("shopping_net"),
    "category travel gone": _gone("travel"),
    "fraud x 3": _more_fraud,
}
