"""One SQLite file in WAL mode, with typed rows."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from wandb_local.budget import Budget, unlimited
from wandb_local.errors import StartError, StorageFullError, TooCostlyError

SCHEMA_VERSION = 2
"""Each version has a file `schema_<n>.sql` with what it added."""

_PROGRESS_STEPS = 100_000
"""SQLite's virtual machine looks at the clock after so many instructions, some milliseconds."""

_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}
"""What SQLite reports when the disk takes no more; the latter two for files beside the database."""

Parameters = Sequence[object] | Mapping[str, object]


def _unusable(path: Path, error: Exception) -> StartError:
    if getattr(error, "sqlite_errorcode", None) in _FULL:
        return StartError(f"{path} cannot be opened ({error}): make room there, or choose another --data")
    return StartError(
        f"{path} cannot be opened as a database ({error}): move it away or choose another --data"
    )


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Set the connection up, and lay out what an empty or older file lacks."""
    connection.execute("PRAGMA journal_mode = WAL")
    # A killed process loses nothing at NORMAL; a power cut may undo the last transactions, none by half.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if not 0 <= version <= SCHEMA_VERSION:
        message = f"{path} has schema {version}, this server knows {SCHEMA_VERSION}: choose another --data"
        raise StartError(message)
    for added in range(version + 1, SCHEMA_VERSION + 1):
        schema = files("wandb_local.store").joinpath(f"schema_{added}.sql").read_text(encoding="utf-8")
        connection.executescript(f"BEGIN; {schema} PRAGMA user_version = {added}; COMMIT;")


def _make_private(path: Path) -> None:
    """Create the file if it is new; its owner alone may read it and what SQLite keeps beside it."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if file.exists():
            file.chmod(0o600)


def _as_refusal(error: sqlite3.OperationalError) -> Exception:
    """What a failure of SQLite means to the caller, the error itself if nothing."""
    if error.sqlite_errorcode in _FULL:
        return StorageFullError(
            "the disk under the data directory is full: free space and send the request again"
        )
    if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
        return TooCostlyError("the request takes too long on this server: ask for less at once")
    return error


def _text_in(row: sqlite3.Row) -> int:
    return sum(len(value) for value in row if isinstance(value, str))


class Database:
    """The connection. It may move between threads but serves one at a time; its owner sees to that."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._connection.row_factory = sqlite3.Row
        self._after_commit: list[Callable[[], object]] = []
        self._after_rollback: list[Callable[[], object]] = []
        self.budget = unlimited()

    @classmethod
    def open(cls, path: Path) -> Self:
        """The database at `path`, created if it is not there.

        Raises:
            StartError: The file is not a database of this version.
        """
        try:
            _make_private(path)
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except (OSError, sqlite3.Error) as error:
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
    def transaction(self, budget: Budget | None = None) -> Iterator[None]:
        """Everything inside happens within the budget, or nothing.

        Raises:
            TooCostlyError: The budget is used up.
            StorageFullError: The disk is full.
        """
        self.budget = budget or unlimited()
        self._connection.set_progress_handler(self.budget.expired, _PROGRESS_STEPS)
        try:
            self._connection.execute("BEGIN")
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            self._undo()
            if isinstance(error, sqlite3.OperationalError):
                raise _as_refusal(error) from error
            raise
        finally:
            self._end_budget()
        self._after_rollback.clear()
        actions, self._after_commit = self._after_commit, []
        for action in actions:
            action()

    def _end_budget(self) -> None:
        self._connection.set_progress_handler(None, 0)
        self.budget = unlimited()

    def _undo(self) -> None:
        self._end_budget()
        self._after_commit.clear()
        if self._connection.in_transaction:  # SQLite ends it itself when the disk is full
            self._connection.execute("ROLLBACK")
        actions, self._after_rollback = self._after_rollback, []
        for action in reversed(actions):
            action()

    def after_commit(self, action: Callable[[], object]) -> None:
        """Do `action` once the running transaction is sure; never if it is rolled back."""
        if self._connection.in_transaction:
            self._after_commit.append(action)
        else:
            action()

    def after_rollback(self, action: Callable[[], object]) -> None:
        """Do `action` if the running transaction is rolled back, the last one registered first."""
        if self._connection.in_transaction:
            self._after_rollback.append(action)

    def run(self, statement: str, parameters: Parameters = ()) -> int:
        """Execute a statement; the number of rows it changed."""
        self.budget.spend(1)
        return self._connection.execute(statement, parameters).rowcount

    def insert(self, statement: str, parameters: Parameters = ()) -> int:
        """Execute an INSERT; the new row's id."""
        self.budget.spend(1)
        return self._connection.execute(statement, parameters).lastrowid or 0

    def many(self, statement: str, rows: Sequence[Parameters]) -> None:
        """Execute a statement once per row."""
        self.budget.spend(len(rows))
        self._connection.executemany(statement, rows)

    def rows(self, statement: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        self.budget.spend(1)
        found = list[sqlite3.Row]()
        for row in self._connection.execute(statement, parameters):
            self.budget.spend(1, _text_in(row))
            found.append(row)
        return found

    def all[T](self, record: type[T], statement: str, parameters: Parameters = ()) -> list[T]:
        """All rows of a query as records, matched by column name."""
        return [record(**row) for row in self.rows(statement, parameters)]

    def _first(self, statement: str, parameters: Parameters) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._connection.execute(statement, parameters).fetchone()
        self.budget.spend(1, 0 if row is None else _text_in(row))
        return row

    def one[T](self, record: type[T], statement: str, parameters: Parameters = ()) -> T | None:
        """The first row of a query as a record."""
        row = self._first(statement, parameters)
        return None if row is None else record(**row)

    def value(self, statement: str, parameters: Parameters = ()) -> Any:  # noqa: ANN401 - SQLite decides the type
        """The first column of the first row, or None."""
        row = self._first(statement, parameters)
        return None if row is None else row[0]

    def close(self) -> None:
        """Give the file back; the write-ahead log is merged into it."""
        self._connection.close()
