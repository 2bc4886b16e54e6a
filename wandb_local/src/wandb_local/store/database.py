"""One SQLite file in WAL mode, with typed rows."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from wandb_local.errors import StartError

SCHEMA_VERSION = 1

Parameters = Sequence[object] | Mapping[str, object]


def _unusable(path: Path, error: sqlite3.Error) -> StartError:
    return StartError(
        f"{path} cannot be opened as a database ({error}): move it away or choose another --data"
    )


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Set the connection up and lay out an empty file."""
    connection.execute("PRAGMA journal_mode = WAL")
    # A killed process loses nothing at NORMAL; a power cut may undo the last transactions, none by half.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        schema = files("wandb_local.store").joinpath("schema.sql").read_text(encoding="utf-8")
        connection.executescript(f"BEGIN; {schema} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
    elif version != SCHEMA_VERSION:
        message = f"{path} has schema {version}, this server knows {SCHEMA_VERSION}: choose another --data"
        raise StartError(message)


class Database:
    """The connection. It may move between threads but serves one at a time; its owner sees to that."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._connection.row_factory = sqlite3.Row
        self._after_commit: list[Callable[[], object]] = []

    @classmethod
    def open(cls, path: Path) -> Self:
        """The database at `path`, created if it is not there.

        Raises:
            StartError: The file is not a database of this version.
        """
        try:
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise _unusable(path, error) from error
        try:
            _prepare(connection, path)
        except sqlite3.Error as error:
            connection.close()
            raise _unusable(path, error) from error
        except StartError:
            connection.close()
            raise
        return cls(connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or nothing."""
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._after_commit.clear()
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
        actions, self._after_commit = self._after_commit, []
        for action in actions:
            action()

    def after_commit(self, action: Callable[[], object]) -> None:
        """Do `action` once the running transaction is sure; never if it is rolled back."""
        self._after_commit.append(action)

    def run(self, statement: str, parameters: Parameters = ()) -> int:
        """Execute a statement; the number of rows it changed."""
        return self._connection.execute(statement, parameters).rowcount

    def insert(self, statement: str, parameters: Parameters = ()) -> int:
        """Execute an INSERT; the new row's id."""
        return self._connection.execute(statement, parameters).lastrowid or 0

    def many(self, statement: str, rows: Sequence[Parameters]) -> None:
        """Execute a statement once per row."""
        self._connection.executemany(statement, rows)

    def rows(self, statement: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self._connection.execute(statement, parameters).fetchall()

    def all[T](self, record: type[T], statement: str, parameters: Parameters = ()) -> list[T]:
        """All rows of a query as records, matched by column name."""
        return [record(**row) for row in self.rows(statement, parameters)]

    def one[T](self, record: type[T], statement: str, parameters: Parameters = ()) -> T | None:
        """The first row of a query as a record."""
        row = self._connection.execute(statement, parameters).fetchone()
        return None if row is None else record(**row)

    def value(self, statement: str, parameters: Parameters = ()) -> Any:  # noqa: ANN401 - SQLite decides the type
        """The first column of the first row, or None."""
        row = self._connection.execute(statement, parameters).fetchone()
        return None if row is None else row[0]

    def close(self) -> None:
        """Give the file back; the write-ahead log is merged into it."""
        self._connection.close()
