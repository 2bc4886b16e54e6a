"""What a run reports line by line: history, system events, console."""

import json
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from wandb_local.errors import InvalidRequestError
from wandb_local.store.database import Database
from wandb_local.store.records import Run
from wandb_local.values.json_text import object_in

Row = dict[str, object]

_STEP_LIMIT = 2**63
"""What the database holds as an integer."""


class Stream(StrEnum):
    """The streams that are kept; the values are the names the SDK sends them under."""

    HISTORY = "wandb-history.jsonl"
    EVENTS = "wandb-events.jsonl"
    CONSOLE = "output.log"


def spread(rows: Sequence[str], limit: int) -> list[str]:
    """At most `limit` of `rows`, evenly spaced, the first and the last among them."""
    if len(rows) <= limit:
        return list(rows)
    if limit <= 1:
        return list(rows[-1:]) if limit else []
    return [rows[i * (len(rows) - 1) // (limit - 1)] for i in range(limit)]


def _step(stream: Stream, position: int, line: str) -> int:
    """The step a line belongs to, by which lines are ordered; the console has none but its position."""
    if stream is Stream.CONSOLE:
        return position
    row = object_in(line)
    if row is None:
        message = f"line {position} of {stream} is not a JSON object: {line[:80]!r}"
        raise InvalidRequestError(message)
    step = row.get("_step")
    if not isinstance(step, int) or isinstance(step, bool) or abs(step) >= _STEP_LIMIT:
        return position
    return step


class Streams:
    """Lines by run, stream, writer and position; a line sent again replaces itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, run: Run, stream: Stream, writer: str, offset: int, lines: Sequence[str]) -> None:
        """Keep `lines` from position `offset` of this writer on.

        Raises:
            InvalidRequestError: A history or event line is not a JSON object.
        """
        self._database.many(
            "INSERT INTO stream_line (run_id, stream, writer, position, step, line) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET step = excluded.step, line = excluded.line",
            [
                (run.id, stream, writer, position, _step(stream, position, line), line)
                for position, line in enumerate(lines, offset)
            ],
        )

    def count(self, run: Run, stream: Stream) -> int:
        """How many lines the stream has."""
        return int(
            self._database.value(
                "SELECT count(*) FROM stream_line WHERE run_id = ? AND stream = ?", (run.id, stream)
            )
        )

    def lines(
        self, run: Run, stream: Stream, start: int = -_STEP_LIMIT, stop: int = _STEP_LIMIT - 1
    ) -> list[str]:
        """The lines with `start <= step < stop`, by step."""
        rows = self._database.rows(
            "SELECT line FROM stream_line WHERE run_id = ? AND stream = ? AND step >= ? AND step < ?"
            " ORDER BY step, position, writer",
            (run.id, stream, start, stop),
        )
        return [row["line"] for row in rows]

    def tail(self, run: Run, stream: Stream, count: int = 1) -> list[str]:
        """The last `count` lines, in order."""
        rows = self._database.rows(
            "SELECT line FROM stream_line WHERE run_id = ? AND stream = ?"
            " ORDER BY step DESC, position DESC, writer DESC LIMIT ?",
            (run.id, stream, count),
        )
        return [row["line"] for row in reversed(rows)]

    def sample(self, run: Run, stream: Stream, most: int) -> list[Row]:
        """At most `most` of the stream's rows, evenly spaced, by step, the last one among them."""
        rows = self._database.rows(
            "SELECT line FROM (SELECT line, row_number() OVER"
            " (ORDER BY step DESC, position DESC, writer DESC) - 1 AS back"
            " FROM stream_line WHERE run_id = :run AND stream = :stream)"
            " WHERE back % :every = 0 ORDER BY back DESC",
            {"run": run.id, "stream": stream, "every": -(-max(1, self.count(run, stream)) // most)},
        )
        return [json.loads(row["line"]) for row in rows]

    def history(self, run: Run) -> list[Row]:
        """The history as rows, by step."""
        return [json.loads(line) for line in self.lines(run, Stream.HISTORY)]

    def history_keys(self, run: Run) -> dict[str, int]:
        """How many history rows have each key."""
        return Counter(key for row in self.history(run) for key in row)

    def last_step(self, run: Run) -> int:
        """The highest step of the history; -1 for an empty one."""
        step = self._database.value(
            "SELECT max(step) FROM stream_line WHERE run_id = ? AND stream = ?", (run.id, Stream.HISTORY)
        )
        return -1 if step is None else int(step)
