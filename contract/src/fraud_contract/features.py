"""The compiled preprocessing: transactions to float32 features, bit for bit as the fitted ColumnTransformer.

Three of the four inputs are finite, so every output column that depends on them alone is a table, made
by asking the fitted transformer for each value. The amount's columns are the same float64 operations in
the same order. XGBoost's thresholds sit on data values, so "almost equal" would send rows down other
branches: equality is exact, or the artifact is refused.
"""

import hashlib
import struct
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

from fraud_contract.documents import Document, Many, canonical_json
from fraud_contract.transaction import DAYS, HOURS, MAX_AMOUNT, MAX_CATEGORY_LENGTH

FloatRows = npt.NDArray[np.float32]
FiniteInput = Literal["category", "hour", "day_of_week"]
Operation = Literal["subtract", "divide", "multiply", "add", "log1p"]

MAX_FEATURES: Final = 4_096
MAX_CATEGORIES: Final = 4_096
MAX_BINS: Final = 128
"""Of a distribution that drift is measured against; the metrics have as many series."""
MAX_STEPS: Final = 32
"""Operations on the amount for one feature."""
MAX_CELLS: Final = 8 << 20
"""Of `FeatureSpec.cells`."""
_CLOCK: Final = HOURS * DAYS
"""Combinations of hour and day of the week."""
_ROW_HEAD: Final = 12
"""Values whose room the head of a row's bytes object takes, and its place in a list."""
_LARGEST: Final = float(np.finfo(np.float32).max)
_AMOUNTS: Final = (float(np.nextafter(0.0, 1.0)), MAX_AMOUNT)
"""The smallest and the largest that a payment can have."""
FeatureValue = Annotated[float, Field(ge=-_LARGEST, le=_LARGEST)]
"""Within float32."""
Count = Annotated[int, Field(ge=0, le=1 << 53)]
"""Of payments; a float holds each of them."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class AmountStep(_Model):
    """One float64 operation on the amount; `log1p` takes no value."""

    operation: Operation
    value: float = 0.0


class AmountBlock(_Model):
    """One column made of the amount by `steps` in order, then rounded to float32."""

    kind: Literal["amount"] = "amount"
    steps: Annotated[Many[AmountStep], Field(max_length=MAX_STEPS)]

    @model_validator(mode="after")
    def _defined(self) -> Self:
        """Every operation is monotonic: what holds for both ends holds for each amount between them."""
        for amount in _AMOUNTS:
            value = amount
            for step in self.steps:
                impossible = (step.operation == "divide" and step.value == 0) or (
                    step.operation == "log1p" and value <= -1
                )
                if impossible or not np.isfinite(value := float(_operation(step)(value))):
                    raise ValueError(f"{step.operation} has no finite result for an amount of {amount:g}")
            if abs(value) > _LARGEST:
                raise ValueError(f"the result for an amount of {amount:g} is beyond float32")
        return self

    @property
    def width(self) -> int:
        """Number of columns."""
        return 1


class TableBlock(_Model):
    """`width` columns that depend on finite inputs alone.

    `values` holds one row per combination of `inputs`, the last input running fastest; a category beyond
    those of the spec is the last value of its input.
    """

    kind: Literal["table"] = "table"
    inputs: Annotated[Many[FiniteInput], Field(max_length=3)]
    width: Annotated[int, Field(ge=1, le=MAX_FEATURES)]
    values: Many[Many[FeatureValue]]


Block = Annotated[AmountBlock | TableBlock, Field(discriminator="kind")]


def require_bins(edges: Sequence[float], counts: Sequence[int]) -> None:
    """Raise `ValueError` unless inner `edges` ascend and there is one count more."""
    if any(after <= before for before, after in pairwise(edges)):
        raise ValueError("the edges of bins do not ascend")
    if len(counts) != len(edges) + 1:
        raise ValueError(f"{len(counts)} counts for {len(edges) + 1} bins")


class Reference(_Model):
    """How each input was distributed in training: counts, to measure drift against."""

    amount_edges: Annotated[Many[float], Field(max_length=MAX_BINS - 1)]
    """Inner bin edges, ascending; bin i holds amounts in (edge i-1, edge i]."""
    amount: Many[Count]
    hour: Annotated[Many[Count], Field(min_length=HOURS, max_length=HOURS)]
    day_of_week: Annotated[Many[Count], Field(min_length=DAYS, max_length=DAYS)]
    category: Annotated[Many[Count], Field(max_length=MAX_CATEGORIES + 1)]
    """In the order of the spec's categories; the last is unknown."""

    @model_validator(mode="after")
    def _binned(self) -> Self:
        require_bins(self.amount_edges, self.amount)
        return self


class FeatureSpec(Document):
    """Ordered feature names and how each is computed; all that serving needs of the preprocessor."""

    dtype: Literal["float32"] = "float32"
    names: Annotated[Many[str], Field(min_length=1, max_length=MAX_FEATURES)]
    categories: Annotated[
        Many[Annotated[str, Field(max_length=MAX_CATEGORY_LENGTH)]], Field(max_length=MAX_CATEGORIES)
    ]
    blocks: Many[Block]
    reference: Reference

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.names)) != len(self.names):
            raise ValueError("feature names repeat")
        if len(set(self.categories)) != len(self.categories):
            raise ValueError("categories repeat")
        if sum(block.width for block in self.blocks) != len(self.names):
            raise ValueError(f"the blocks' widths do not add up to {len(self.names)} names")
        if self.cells > MAX_CELLS:
            raise ValueError(
                f"categories, hours, days and features make tables of {self.cells} values, "
                f"and {MAX_CELLS} is the most"
            )
        for block in self.blocks:
            if isinstance(block, TableBlock):
                self._check_table(block)
        return self

    def _check_table(self, block: TableBlock) -> None:
        if len(set(block.inputs)) != len(block.inputs):
            raise ValueError("a table names an input twice")
        rows = int(np.prod([self.size_of(name) for name in block.inputs], dtype=int))
        if len(block.values) != rows or any(len(row) != block.width for row in block.values):
            raise ValueError(f"the table of {', '.join(block.inputs)} is not {rows} rows of {block.width}")

    def size_of(self, name: FiniteInput) -> int:
        """Number of values the finite input `name` takes, unknown category included."""
        return {"category": len(self.categories) + 1, "hour": HOURS, "day_of_week": DAYS}[name]

    def columns_by_input(self) -> list[tuple[tuple[str, ...], slice]]:
        """Which columns each input, or set of inputs, decides; every column once."""
        starts = np.cumsum([0, *(block.width for block in self.blocks)]).tolist()
        return [
            (("amt",) if isinstance(block, AmountBlock) else block.inputs, slice(start, end))
            for block, (start, end) in zip(self.blocks, pairwise(starts), strict=True)
        ]

    def clock_columns(self) -> list[tuple[slice, bool]]:
        """Runs of columns that hour or day decide, and whether the category does so with them."""
        runs: list[tuple[slice, bool]] = []
        for inputs, columns in self.columns_by_input():
            if {"hour", "day_of_week"}.isdisjoint(inputs):
                continue
            mixed = "category" in inputs
            start = columns.start
            if runs and runs[-1][1] == mixed and runs[-1][0].stop == start:
                start = runs.pop()[0].start
            runs.append((slice(start, columns.stop), mixed))
        return runs

    @property
    def cells(self) -> int:
        """Size, in values, of the tables that `CompiledFeatures` looks up, which serving holds twice."""
        categories = len(self.categories) + 1
        clock = sum(
            (columns.stop - columns.start + _ROW_HEAD) * _CLOCK * (categories if mixed else 1)
            for columns, mixed in self.clock_columns()
        )
        return int(categories * (len(self.names) + _ROW_HEAD) + clock)

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of what decides the features; the reference distributions are not part of it."""
        content = self.model_dump(mode="json", include={"dtype", "names", "categories", "blocks"})
        return hashlib.sha256(canonical_json(content)).hexdigest()


_pack_into: Final = struct.Struct("<f").pack_into
_FLOAT_SIZE: Final = 4
_MIXED: Final[tuple[FiniteInput, ...]] = ("category", "hour", "day_of_week")


class CompiledFeatures:
    """A feature spec made ready to compute: one row in about a microsecond, many rows by table look-up."""

    def __init__(self, spec: FeatureSpec) -> None:
        self.spec = spec
        self.width = len(spec.names)
        self._categories = {name: index for index, name in enumerate(spec.categories)}
        self.unknown = len(spec.categories)
        """Code of each category that training never saw."""
        # A row for each category, over which goes what the clock decides. One table of all combinations saves
        # .2 microseconds a payment and is 168 times as large: too large for 300 one-hot categories.
        self._by_category = _looked_up(spec, slice(0, self.width), ("category",))
        self._category_rows = [row.tobytes() for row in self._by_category]
        self._by_clock = [
            (columns, _CLOCK if mixed else 0, _looked_up(spec, columns, _MIXED if mixed else _MIXED[1:]))
            for columns, mixed in spec.clock_columns()
        ]
        self._clock_rows = [
            (columns.start * _FLOAT_SIZE, columns.stop * _FLOAT_SIZE, step, [row.tobytes() for row in table])
            for columns, step, table in self._by_clock
        ]
        self._amounts = [
            (columns.start, _operations(block))
            for block, (_, columns) in zip(spec.blocks, spec.columns_by_input(), strict=True)
            if isinstance(block, AmountBlock)
        ]

    def knows(self, category: str) -> bool:
        """Whether training saw the category."""
        return category in self._categories

    def row(self, amt: float, hour: int, day_of_week: int, category: str) -> bytes:
        """Features of one valid transaction: `width` little-endian float32."""
        code = self._categories.get(category, self.unknown)
        row = bytearray(self._category_rows[code])
        for start, end, step, rows in self._clock_rows:
            row[start:end] = rows[code * step + hour * DAYS + day_of_week]
        for column, operations in self._amounts:
            value = amt
            for operation in operations:
                value = operation(value)
            _pack_into(row, column * _FLOAT_SIZE, value)
        return bytes(row)

    def rows(
        self,
        amounts: npt.ArrayLike,
        hours: npt.ArrayLike,
        days_of_week: npt.ArrayLike,
        categories: Sequence[str],
    ) -> FloatRows:
        """Features of valid transactions given by columns; shape (n, width), C order."""
        return self.coded_rows(amounts, hours, days_of_week, self.codes(categories))

    def code(self, category: str) -> int:
        """The category's place in the spec, or `unknown`."""
        return self._categories.get(category, self.unknown)

    def codes(self, categories: Sequence[str]) -> npt.NDArray[np.intp]:
        """As `code`, for each category; shape (n,)."""
        try:
            return np.fromiter(map(self._categories.__getitem__, categories), np.intp, len(categories))
        except KeyError:  # at half the speed
            return np.fromiter(map(self.code, categories), np.intp, len(categories))

    def coded_rows(
        self,
        amounts: npt.ArrayLike,
        hours: npt.ArrayLike,
        days_of_week: npt.ArrayLike,
        codes: npt.NDArray[np.intp],
    ) -> FloatRows:
        """As `rows`, of categories as `codes` numbers them."""
        features = self._by_category[codes]
        clock = np.asarray(hours, np.intp) * DAYS + np.asarray(days_of_week, np.intp)
        for columns, step, table in self._by_clock:
            features[:, columns] = table[codes * step + clock]
        values = np.asarray(amounts, np.float64)
        for column, operations in self._amounts:
            result = values
            for operation in operations:
                result = operation(result)
            features[:, column] = result
        return features


def _looked_up(spec: FeatureSpec, columns: slice, inputs: Sequence[FiniteInput]) -> FloatRows:
    """The features in `columns` for all combinations of `inputs`, the last one fastest.

    Zero where other inputs than these decide.
    """
    shape = tuple(map(spec.size_of, inputs))
    values = np.zeros((int(np.prod(shape)), columns.stop - columns.start), np.float32)
    places = dict(zip(inputs, np.indices(shape).reshape(len(inputs), -1), strict=True))
    for block, (_, covered) in zip(spec.blocks, spec.columns_by_input(), strict=True):
        inside = columns.start <= covered.start and covered.stop <= columns.stop
        if isinstance(block, TableBlock) and inside and set(block.inputs) <= set(inputs):
            index = np.zeros(len(values), np.intp)
            for name in block.inputs:
                index = index * spec.size_of(name) + places[name]
            table = np.asarray(block.values, np.float32).reshape(-1, block.width)
            values[:, covered.start - columns.start : covered.stop - columns.start] = table[index]
    return values


# A scalar and an array take the same road here: Python's float arithmetic is numpy's float64 arithmetic,
# and log1p goes through numpy for both, whose result may differ from libm's in the last bit.
_Step = Callable[[Any], Any]


def _operations(block: AmountBlock) -> list[_Step]:
    return [_operation(step) for step in block.steps]


def _operation(step: AmountStep) -> _Step:

    value = step.value
    match step.operation:
        case "subtract":
            return lambda amount: amount - value
        case "divide":
            return lambda amount: amount / value
        case "multiply":
            return lambda amount: amount * value
        case "add":
            return lambda amount: amount + value
        case "log1p":
            return np.log1p
