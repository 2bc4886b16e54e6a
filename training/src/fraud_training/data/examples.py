"""Payments as the trees take them: features, computed a part at a time, and the truth."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from fraud_contract.features import CompiledFeatures

PART_VALUES: Final = 1 << 25
"""Features of one part: 128 MiB. All rows of the repository's training window are one part."""


@dataclass(frozen=True)
class Examples:
    """Columns of shape (n,), in order of time; features are looked up when they are asked for."""

    compiled: CompiledFeatures
    amounts: npt.NDArray[np.float64]
    hours: npt.NDArray[np.int8]
    days: npt.NDArray[np.int8]
    codes: npt.NDArray[np.int16]
    """Of the categories, as `CompiledFeatures.codes` gives them."""
    fraud: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, compiled: CompiledFeatures, rows: pd.DataFrame) -> Self:
        """The payments in `rows`, as `repository.load` gives them."""
        categories = rows["category"].astype("category").cat
        known = compiled.codes(list(categories.categories)).astype(np.int16)
        return cls(
            compiled=compiled,
            amounts=rows["amt"].to_numpy(np.float64),
            hours=rows["hour"].to_numpy(np.int8),
            days=rows["day_of_week"].to_numpy(np.int8),
            codes=known[categories.codes],
            fraud=rows["is_fraud"].to_numpy(np.bool_),
        )

    def __len__(self) -> int:
        return len(self.amounts)

    @property
    def features(self) -> npt.NDArray[np.float32]:
        """Shape (n, width), all at once: for some ten thousand rows, or one of `parts`."""
        return self.compiled.coded_rows(self.amounts, self.hours, self.days, self.codes.astype(np.intp))

    def parts(self) -> Iterator[Self]:
        """The same payments in order, in parts whose features fit into memory."""
        size = max(1, PART_VALUES // self.compiled.width)
        for start in range(0, len(self), size):
            yield self.take(slice(start, start + size))

    def take(self, chosen: npt.NDArray[np.intp] | slice) -> Self:
        """Only the chosen ones."""
        return replace(
            self,
            amounts=self.amounts[chosen],
            hours=self.hours[chosen],
            days=self.days[chosen],
            codes=self.codes[chosen],
            fraud=self.fraud[chosen],
        )

    def masked(self) -> Self:
        """The same payments, each of a category that nobody knows."""
        return replace(self, codes=np.full_like(self.codes, self.compiled.unknown))

    def concatenated(self, others: Self) -> Self:
        """These payments, then the others."""
        return replace(
            self,
            amounts=np.concatenate([self.amounts, others.amounts]),
            hours=np.concatenate([self.hours, others.hours]),
            days=np.concatenate([self.days, others.days]),
            codes=np.concatenate([self.codes, others.codes]),
            fraud=np.concatenate([self.fraud, others.fraud]),
        )
