"""Batches of columns as they come, checked row by row and turned into what training keeps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fraud_contract.errors import UsageError
from fraud_contract.transaction import MAX_AMOUNT, MAX_CATEGORY_LENGTH
from fraud_training.plan.source import FIELDS, KNOWN_LABELS, Name, Source

_OFFSET: Final = r"(?:Z|[+-]\d{2}:?\d{2})$"
_NUMBER: Final = r"^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$"
_MOST_NAMES: Final = 100_000
"""Categories of all files, each of which is remembered; a column with more is another one."""
_MILLISECONDS: Final = pa.timestamp("ms")

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Checked:
    """One batch; columns of shape (n,)."""

    time: npt.NDArray[np.int64]
    """Milliseconds since 1970, of local time or, where the source names a time zone, of UTC."""
    amounts: npt.NDArray[np.float64]
    categories: npt.NDArray[np.int32]
    """Of the checker's `names`."""
    fraud: Flags
    problems: dict[str, Flags]
    """What is wrong, with the rows where it is."""

    @property
    def unusable(self) -> Flags:
        """Rows with any problem."""
        unusable: Flags = np.logical_or.reduce(list(self.problems.values()))
        return unusable


@dataclass
class Checker:
    """Checks batches of one source, and numbers its categories in the order in which they come."""

    source: Source
    names: dict[str, int] = field(default_factory=dict)
    """Number of each category."""

    def check(self, batch: Any) -> Checked:  # noqa: ANN401 - pyarrow ships no types
        """The four columns of `batch`, in the order of `FIELDS`.

        Raises:
            UsageError: so far there were too many categories.
        """
        columns = dict(zip(FIELDS, map(_plain, batch.columns), strict=True))
        time, no_time, offset = self._times(columns["time"])
        amounts, no_amount = _amounts(columns["amt"])
        categories, no_category = self._categories(columns["category"])
        fraud, no_label = self._labels(columns["is_fraud"])
        problems: dict[str, Flags] = {
            f"{self._named('time')} is no ISO 8601 time": no_time,
            f"{self._named('time')} has an offset: name --timezone": offset,
            f"{self._named('amt')} is no number above 0 and up to 1e9": no_amount,
            f"{self._named('category')} is no printable text of 1 to 64 characters": no_category,
            f"{self._named('is_fraud')} is none of {self._allowed()}": no_label,
        }
        return Checked(time, amounts, categories, fraud, problems)

    def _named(self, name: Name) -> str:
        column = self.source.column(name)
        return name if column == name else f"{name} ({column})"

    def _allowed(self) -> str:
        return ", ".join(self.source.labels) or "0/1, true/false, legit/fraud (map others: --label yes=fraud)"

    def _times(self, column: Any) -> tuple[npt.NDArray[np.int64], Flags, Flags]:  # noqa: ANN401 - as above
        """Milliseconds, rows without a time, and rows with an offset where there must be none."""
        offset = np.zeros(len(column), np.bool_)
        if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
            zone = getattr(column.type, "tz", None)
            offset |= zone is not None and self.source.timezone is None
            # Instants are kept as those of UTC: casting to a type without zone does not move them.
            found = column.cast(pa.timestamp(column.type.unit) if zone else column.type)
            found = found.cast(_MILLISECONDS, safe=False)
        elif pa.types.is_string(column.type):
            texts = column.to_pandas()
            parsed = pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce").dt.tz_localize(None)
            found = pa.array(parsed.astype("datetime64[ms]"), from_pandas=True)
            if self.source.timezone is None:
                offset = _flags(pc.match_substring_regex(column, _OFFSET))
        else:
            found = pa.nulls(len(column), _MILLISECONDS)
        return found.cast(pa.int64()).fill_null(0).to_numpy(), _flags(found.is_null()) & ~offset, offset

    def _categories(self, column: Any) -> tuple[npt.NDArray[np.int32], Flags]:  # noqa: ANN401 - as above
        if pa.types.is_integer(column.type):  # merchant category codes
            column = column.cast(pa.string())

        def number(name: object) -> int:
            usable = isinstance(name, str) and 0 < len(name) <= MAX_CATEGORY_LENGTH and name.isprintable()
            return self.names.setdefault(str(name), len(self.names)) if usable else -1

        numbers = _mapped(column, number).astype(np.int32)
        if len(self.names) > _MOST_NAMES:
            raise UsageError(
                f"{self._named('category')} has more than {_MOST_NAMES:,} values. "
                "Name the column of categories: --column category=NAME."
            )
        return numbers, numbers < 0

    def _labels(self, column: Any) -> tuple[Flags, Flags]:  # noqa: ANN401 - as above
        own = self.source.labels

        def label(value: object) -> int:
            written = str(value).strip()
            meant = own.get(written) if own else KNOWN_LABELS.get(written.lower())
            return -1 if meant is None or value is None else int(meant == "fraud")

        labels = _mapped(column, label)
        return labels == 1, labels < 0


def _plain(column: Any) -> Any:  # noqa: ANN401 - pyarrow ships no types
    """The column without a dictionary, and texts in the one type of texts."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    return column.cast(pa.string()) if pa.types.is_large_string(kind) or _is_view(kind) else column


def _is_view(kind: Any) -> bool:  # noqa: ANN401 - pyarrow ships no types
    return bool(pa.types.is_string_view(kind))


def _amounts(column: Any) -> tuple[npt.NDArray[np.float64], Flags]:  # noqa: ANN401 - pyarrow ships no types
    if pa.types.is_string(column.type):
        # Whatever is no number would fail the whole column.
        column = pc.if_else(pc.match_substring_regex(column, _NUMBER), pc.utf8_trim_whitespace(column), None)
    numeric = pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    if numeric or pa.types.is_decimal(column.type) or pa.types.is_string(column.type):
        amounts = column.cast(pa.float64(), safe=False).fill_null(np.nan).to_numpy()
    else:
        amounts = np.full(len(column), np.nan)
    return amounts, ~((amounts > 0) & (amounts <= MAX_AMOUNT))


def _mapped(column: Any, number: Callable[[object], int]) -> npt.NDArray[np.int64]:  # noqa: ANN401 - as above
    """The number of each value, asked once for each that occurs."""
    encoded = column.dictionary_encode(null_encoding="encode")
    numbers = np.fromiter(map(number, encoded.dictionary.to_pylist()), np.int64, len(encoded.dictionary))
    places: npt.NDArray[np.int64] = numbers[encoded.indices.to_numpy(zero_copy_only=False)]
    return places


def _flags(column: Any) -> Flags:  # noqa: ANN401 - pyarrow ships no types
    flags: Flags = pc.fill_null(column, fill_value=False).to_numpy(zero_copy_only=False)
    return flags


def first_problems(problems: dict[str, Flags], most: int) -> Iterator[tuple[int, str]]:
    """Place and first problem of at most `most` rows that have one, in order."""
    if not most:
        return
    unusable = np.flatnonzero(np.logical_or.reduce(list(problems.values())))[:most]
    for place in unusable.tolist():
        yield place, next(reason for reason, rows in problems.items() if rows[place])
