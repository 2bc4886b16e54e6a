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

LogFormat = Literal["text", "json"]


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
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(level=level, handlers=[handler])
