"""Payments in columns, as they are sent to a release."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from fraud_contract.artifacts.dataset import Dataset
from fraud_contract.artifacts.loading import GoldenRows
from fraud_rollout.judge.answers import Answers


@dataclass(frozen=True)
class Facts:
    """The four facts of n payments, each an array of shape (n,)."""

    amounts: npt.NDArray[np.float64]
    hours: npt.NDArray[np.integer[Any]]
    days: npt.NDArray[np.integer[Any]]
    categories: npt.NDArray[np.object_]

    @classmethod
    def of_dataset(cls, dataset: Dataset) -> Self:
        """Those of all rows of a dataset."""
        return cls(dataset.amounts, dataset.hours, dataset.days, dataset.categories)

    @classmethod
    def of_golden(cls, golden: GoldenRows) -> Self:
        """Those of golden rows."""
        return cls(
            np.asarray(golden.amt, np.float64),
            np.asarray(golden.hour, np.int8),
            np.asarray(golden.day_of_week, np.int8),
            np.asarray(golden.category, object),
        )

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """All parts in their order; at least one."""
        return cls(
            np.concatenate([part.amounts for part in parts]),
            np.concatenate([part.hours for part in parts]),
            np.concatenate([part.days for part in parts]),
            np.concatenate([part.categories for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.amounts)

    def take(self, rows: npt.NDArray[np.intp] | slice) -> Self:
        """Those of some rows, in that order."""
        return type(self)(self.amounts[rows], self.hours[rows], self.days[rows], self.categories[rows])

    def batches(self, size: int) -> Iterator[Self]:
        """All rows in parts of at most `size`, in their order."""
        for start in range(0, len(self), size):
            yield self.take(slice(start, start + size))

    def body(self, ids: list[str]) -> bytes:
        """The JSON body of `POST /predict/batch`, in columns, each row with its id."""
        columns = {
            "amt": self.amounts.tolist(),
            "hour": self.hours.tolist(),
            "day_of_week": self.days.tolist(),
            "category": self.categories.tolist(),
            "transaction_id": ids,
        }
        return json.dumps({"columns": columns}, separators=(",", ":")).encode()


def joined(parts: Sequence[Answers]) -> Answers:
    """Answers to all parts in their order; at least one."""
    return Answers(
        np.concatenate([part.scores for part in parts]), np.concatenate([part.decisions for part in parts])
    )
