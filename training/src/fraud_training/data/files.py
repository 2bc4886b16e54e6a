"""Files of transactions, as batches of the columns that are asked for."""

import csv as text
import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from pyarrow import csv, parquet

from fraud_contract.errors import UsageError

_CSV: Final = (".csv", ".csv.gz")
_PARQUET: Final = ".parquet"
_BLOCK: Final = 4 << 20
"""Bytes of CSV text that are parsed at once."""
_MALFORMED: Final = 100_000
"""Lines that are no rows after which a file is not read to its end: each is remembered."""
_NAME: Final = 64
"""Characters of a name that a message gives."""
_SHOWN: Final = 20
"""Columns that a message names."""
_ROWS: Final = 1 << 17
"""Rows of Parquet that are read at once."""
_DELIMITERS: Final = ",;\t"
_MAPPING: Final = "Needed are time, amt, category and is_fraud; name others by --column amt=amount."

OnBytes = Callable[[int], None]
"""Called with the bytes of the file that have been read so far."""


@dataclass
class Batches:
    """The rows of one file: `read` gives batches, while `malformed` fills with lines that are no rows."""

    path: Path
    columns: Sequence[str]
    malformed: list[int] = field(default_factory=list)
    """Numbers, from 1 below the header, of lines with another number of columns; no batch holds them."""

    def read(self, on_bytes: OnBytes) -> Iterator[Any]:
        """Arrow record batches of the columns, in their order; CSV as text, Parquet in its own types.

        Raises:
            UsageError: the file cannot be read, or has not the columns.
        """
        try:
            yield from self._parquet(on_bytes) if self.path.suffix == _PARQUET else self._csv(on_bytes)
        except (pa.ArrowException, OSError, EOFError, zlib.error, text.Error) as error:
            raise UsageError(f"{self.path} cannot be read: {error}") from None

    def _csv(self, on_bytes: OnBytes) -> Iterator[Any]:
        delimiter = self._delimiter()
        with self.path.open("rb") as raw:
            content = gzip.GzipFile(fileobj=raw) if self.path.suffix == ".gz" else raw
            batches = csv.open_csv(
                content,
                read_options=csv.ReadOptions(block_size=_BLOCK, use_threads=False),
                parse_options=csv.ParseOptions(
                    delimiter=delimiter, newlines_in_values=True, invalid_row_handler=self._skip
                ),
                convert_options=csv.ConvertOptions(
                    column_types=dict.fromkeys(self.columns, pa.string()),
                    include_columns=list(self.columns),
                    strings_can_be_null=True,
                    null_values=[""],
                ),
            )
            for batch in batches:
                yield batch
                on_bytes(raw.tell())

    def _delimiter(self) -> str:
        """Of comma, semicolon and tab the one by which the header has the columns."""
        with self.path.open("rb") as raw:
            content = gzip.GzipFile(fileobj=raw) if self.path.suffix == ".gz" else raw
            header = content.readline(_BLOCK).decode("utf-8-sig", "replace").rstrip("\r\n")
        for delimiter in _DELIMITERS:
            if set(self.columns) <= set(next(text.reader([header], delimiter=delimiter), [])):
                return delimiter
        raise self._lacking(next(text.reader([header]), []))

    def _skip(self, row: csv.InvalidRow) -> str:
        self.malformed.append(row.number - 1)
        return "skip" if len(self.malformed) < _MALFORMED else "error"

    def _parquet(self, on_bytes: OnBytes) -> Iterator[Any]:
        file = parquet.ParquetFile(self.path)
        if not set(self.columns) <= set(file.schema_arrow.names):
            raise self._lacking(file.schema_arrow.names)
        size, rows, done = self.path.stat().st_size, max(1, file.metadata.num_rows), 0
        for batch in file.iter_batches(batch_size=_ROWS, columns=list(self.columns), use_threads=False):
            yield batch.select(list(self.columns))
            done += batch.num_rows
            on_bytes(size * done // rows)

    def _lacking(self, there: Sequence[str]) -> UsageError:
        missing = ", ".join(sorted(set(self.columns) - set(there)))
        found = ", ".join(name[:_NAME] for name in there[:_SHOWN])
        more = f" and {len(there) - _SHOWN:,} more" if len(there) > _SHOWN else ""
        return UsageError(f"{self.path} has no column {missing}; it has {found}{more}. {_MAPPING}")


def files_in(path: Path) -> list[Path]:
    """The file itself; of a folder all files of transactions below it, by name.

    Raises:
        UsageError: there is nothing, or of another kind.
    """
    if path.is_dir():
        found = sorted(each for each in path.rglob("*") if _is_known(each) and _is_open(each, path))
        if not found:
            raise UsageError(f"{path} is a folder without .csv, .csv.gz or .parquet files.")
        return found
    if not path.is_file():
        raise UsageError(f"{path} is not there: neither a file nor a folder.")
    if not _is_known(path):
        raise UsageError(f"{path} is neither .csv, .csv.gz nor .parquet, nor a folder with such files.")
    return [path]


def _is_known(path: Path) -> bool:
    return path.name.lower().endswith((*_CSV, _PARQUET)) and not path.is_dir()


def _is_open(path: Path, folder: Path) -> bool:
    """Whether neither the file nor a folder on its way is hidden, or scratch of whatever wrote them."""
    return not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
