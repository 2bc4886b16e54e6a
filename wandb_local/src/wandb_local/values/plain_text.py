"""Text that is safe in one line of a terminal or a log."""

import logging
import unicodedata
from typing import Final

_UNSEEN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, halves of surrogate pairs, and separators of lines and paragraphs."""

_DIRECTIONS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that let a text be read in another order than it is written."""


def _is_plain(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN and character not in _DIRECTIONS


def is_plain(text: str) -> bool:
    """Whether the text has nothing that moves a cursor, starts a line or turns the direction of reading."""
    return (text.isascii() and text.isprintable()) or all(map(_is_plain, text))


def plain(text: str) -> str:
    """The text with such characters written as escapes."""
    if is_plain(text):
        return text
    return "".join(
        character if _is_plain(character) else character.encode("unicode_escape").decode()
        for character in text
    )


class PlainFormatter(logging.Formatter):
    """Log lines in which no name or message of a caller can forge a line or steer a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The record in one line; the lines of a stack trace are indented below it."""
        first, *trace = super().format(self._without_trace(record)), *self._trace(record)
        return "\n".join([plain(first), *(f"  | {plain(line)}" for line in trace)])

    @staticmethod
    def _without_trace(record: logging.LogRecord) -> logging.LogRecord:
        alone = logging.makeLogRecord(record.__dict__)
        alone.exc_info = alone.exc_text = alone.stack_info = None
        return alone

    def _trace(self, record: logging.LogRecord) -> list[str]:
        return self.formatException(record.exc_info).split("\n") if record.exc_info else []
