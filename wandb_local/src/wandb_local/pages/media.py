"""What runs and artifacts keep that can be looked at: images, and tables as wandb.Table writes them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from mimetypes import guess_type
from typing import Final

from wandb_local.store import Store
from wandb_local.store.records import File
from wandb_local.values.json_text import value_of, values_in

IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"})
"""Kinds of files that browsers show as pictures, in which no script runs."""

_TABLE = ".table.json"
_LARGEST_TABLE = 4 * 1024 * 1024
_MOST_VALUES = 250_000
"""Values of a table that is read: each takes some 60 bytes of memory while it is."""
_ROWS, _COLUMNS, _TABLES, _IMAGES = 50, 30, 12, 24
"""How much of it one page shows."""


@dataclass(frozen=True, slots=True)
class Table:
    """The first rows of a table file; `error` says why it cannot be shown."""

    name: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    total: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """The images and tables among some files, as far as one page shows them."""

    images: Sequence[File]
    tables: Sequence[Table]


def media_of(store: Store, files: Iterable[File]) -> Media:
    """What can be looked at among `files`."""
    kept = [file for file in files if file.blob_id is not None]
    images = [file for file in kept if guess_type(file.name)[0] in IMAGES]
    tables = [file for file in kept if file.name.endswith(_TABLE)]
    return Media(images[:_IMAGES], [table_of(store, file) for file in tables[:_TABLES]])


def table_of(store: Store, file: File) -> Table:
    """The first rows of a table file that was uploaded."""
    if file.size > _LARGEST_TABLE:
        return _too_large(file)
    store.database.budget.spend(text=file.size)
    document = store.blobs.stored_path(file.blob_id or "").read_bytes()
    if values_in(document) > _MOST_VALUES:
        return _too_large(file)
    try:
        content = value_of(document)
        columns, rows = content["columns"], content["data"]
        shown = [list(row)[:_COLUMNS] for row in rows[:_ROWS]]
        return Table(file.name, [str(column) for column in columns[:_COLUMNS]], shown, len(rows))
    except (ValueError, KeyError, TypeError):
        return Table(file.name, error="not a table as wandb.Table writes it")


def _too_large(file: File) -> Table:
    return Table(file.name, error="too large to be shown here: download it")


def without_media(values: Mapping[str, object]) -> dict[str, object]:
    """Flat values without those that describe a medium, which is shown as itself."""
    return {key: value for key, value in values.items() if not _is_medium(value)}


def _is_medium(value: object) -> bool:
    return isinstance(value, Mapping) and "_type" in value
