"""A body that arrives in chunks, cut into lines with bounded memory."""

from typing import Final

from fraud_contract.errors import MalformedRequest
from fraud_transformer.limits import FREE_BLANK_LINES, MAX_BLANK_LINES

Line = tuple[int, bytes | None]
"""Its number, from 1, and its bytes; None in the place of one that was too long to be kept."""

_NEWLINE: Final = b"\n"


class Lines:
    """Cuts chunks into lines, and keeps at most one unfinished line of `limit` bytes between them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open = bytearray()
        self._too_long = False
        self._blanks_left = FREE_BLANK_LINES
        self.number = 0
        """Lines that are finished."""
        self.answered = 0
        """Of these, the ones that are not blank."""

    def feed(self, chunk: bytes) -> list[Line]:
        """The lines that end in `chunk`; blank ones are counted and left out.

        Raises:
            MalformedRequest: there are too many blank lines for the others.
        """
        first, *others = chunk.split(_NEWLINE)
        self._append(first)
        if not others:
            return []
        lines: list[Line] = []
        self._finish(self._taken(), lines)
        for line in others[:-1]:
            self._finish(line if len(line) <= self._limit else None, lines)
        self._append(others[-1])
        return lines

    def end(self) -> list[Line]:
        """The last line, where no newline ended it."""
        return self.feed(_NEWLINE) if self._open or self._too_long else []

    def _append(self, part: bytes) -> None:
        if len(self._open) + len(part) > self._limit:
            self._too_long = True
            self._open.clear()
        if not self._too_long:
            self._open += part

    def _taken(self) -> bytes | None:
        line = None if self._too_long else bytes(self._open)
        self._open.clear()
        self._too_long = False
        return line

    def _finish(self, line: bytes | None, lines: list[Line]) -> None:
        self.number += 1
        if line is None or line.strip():
            self._blanks_left += MAX_BLANK_LINES
            self.answered += 1
            lines.append((self.number, line))
            return
        self._blanks_left -= 1
        if self._blanks_left < 0:
            raise MalformedRequest("The body is mostly blank lines. Send one transaction a line.")
