"""A body that arrives in chunks, cut into lines with bounded memory."""

import zlib
from collections.abc import Iterator
from typing import Final

from fraud_contract.errors import MalformedRequest

Line = tuple[int, bytes | None]
"""Its number, from 1, and its bytes; None in the place of one that was too long to be kept."""

_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
_UNFOLDED: Final = 1 << 16
"""Bytes unfolded at once: a gzip bomb costs time, which others share, but no memory."""
_FOLDED: Final = 1 << 12
"""Bytes given to zlib at once: it copies what follows a member's end, and members may be of 20 bytes."""


class Lines:
    """Cuts chunks into lines, and keeps at most one unfinished line of `limit` bytes between them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open = bytearray()
        self._too_long = False
        self.number = 0
        """Lines that are finished."""

    def feed(self, chunk: bytes) -> list[Line]:
        """The lines that end in `chunk`; blank ones are counted and left out."""
        first, *others = chunk.split(b"\n")
        self._append(first)
        if not others:
            return []
        lines = [self._finished(self._taken())]
        lines += [self._finished(line if len(line) <= self._limit else None) for line in others[:-1]]
        self._append(others[-1])
        return [(number, line) for number, line in lines if line is None or line.strip()]

    def end(self) -> list[Line]:
        """The last line, where no newline ended it."""
        return self.feed(b"\n") if self._open or self._too_long else []

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

    def _finished(self, line: bytes | None) -> Line:
        self.number += 1
        return self.number, line


class Plain:
    """Chunks as they are."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The chunk."""
        yield chunk

    def end(self) -> None:
        """Nothing is missing."""


class Gunzip:
    """Chunks of gzip unfolded, one member after another as `cat a.gz b.gz` gives them."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP_WINDOW)
        self._begun = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What `chunk` unfolds to, in pieces; raises `MalformedRequest` where it is no gzip."""
        for start in range(0, len(chunk), _FOLDED):
            yield from self._unfold(chunk[start : start + _FOLDED])

    def end(self) -> None:
        """Raise `MalformedRequest` where the last member is cut off."""
        if self._begun and not self._member.eof:
            raise MalformedRequest("The gzip body is cut off.")

    def _unfold(self, folded: bytes) -> Iterator[bytes]:
        full = False
        while folded or full:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP_WINDOW)
            self._begun = True
            try:
                plain = self._member.decompress(folded, _UNFOLDED)
            except zlib.error:
                raise MalformedRequest("The body is not gzip, though its content encoding says so.") from None
            yield plain
            full = len(plain) == _UNFOLDED and not self._member.eof
            folded = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
