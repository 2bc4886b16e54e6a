"""Log records as lines of JSON, for collectors, or as text, for people."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, Final, Literal

_TEXT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"
_PLAIN: Final = re.compile(r"[\w./:{}-]+", re.ASCII)
"""Words that no reader of a line takes for anything else."""

LINES_AT_ONCE: Final = 100
"""Warnings and errors of one place in the code that are written however fast they come."""
LINES_PER_SECOND: Final = 10.0
"""Of those beyond: what fails for many callers must not fill the disk."""

LogFormat = Literal["text", "json"]


class LineBudget(logging.Filter):
    """Leaves out warnings and errors of a place in the code that wrote too many; the next says how many.

    What is logged below that level is as much as `FRAUD_LOG_SHARE` asks for.
    """

    def __init__(self) -> None:
        super().__init__()
        self._places: dict[tuple[str, int], _Place] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        if record.levelno < logging.WARNING:
            return True
        place = self._places.setdefault((record.pathname, record.lineno), _Place())
        if not place.take(record.created):
            place.left_out += 1
            return False
        if place.left_out:
            record.fields = {**getattr(record, "fields", {}), "left_out": place.left_out}
            place.left_out = 0
        return True


class _Place:
    """Lines that a place in the code may write: a token bucket."""

    def __init__(self) -> None:
        self._lines = float(LINES_AT_ONCE)
        self._last: float | None = None
        self.left_out = 0

    def take(self, now: float) -> bool:
        """Whether there is a line left at that time, in seconds; it is then taken."""
        since = max(0.0, now - (self._last or now))
        self._lines = min(LINES_AT_ONCE, self._lines + since * LINES_PER_SECOND)
        self._last = now
        if self._lines < 1:
            return False
        self._lines -= 1
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the record's `fields` beside them."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class TextFormatter(logging.Formatter):
    """A line for people; the record's `fields` follow the message."""

    def __init__(self) -> None:
        super().__init__(_TEXT)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base class's name
        """The record's line without its exception."""
        fields = getattr(record, "fields", {})
        pairs = (f"{name}={_word(value)}" for name, value in fields.items())
        return " ".join((super().formatMessage(record), *pairs))


def _word(value: object) -> str:
    """`value` as one word: a caller's text must not look like fields, or like lines of their own."""
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


def configure(level: str, form: LogFormat) -> None:
    """Send all log records from `level` up to standard error, in one form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(LineBudget())
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler])
