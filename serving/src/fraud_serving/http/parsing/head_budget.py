"""What a request may send beside a body that somebody reads: head, framing of chunks, bytes nobody takes."""

from typing import Final

_CHUNK_COST: Final = 6
"""Bytes on the wire of a chunk that holds one: more than this beside the body is no framing."""
HEADER_COST: Final = 128
"""Bytes that a header counts for beside its own: what it takes in memory, and in time to be looked at."""
UNREAD: Final = 1 << 20
"""Bytes of a body that are taken in and thrown away after its answer, so that whoever sends a large one to a
wrong route reads why, and can use the connection again."""


class HeadBudget:
    """Counts bytes that arrive, less those that a body pays for; at most `most` at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._unpaid = 0
        self._unread = 0
        self._begun = False

    def begin(self) -> None:
        """A request begins, with all of its budget."""
        self._unpaid = self._unread = 0
        self._begun = True

    def affords(self, headers: int) -> bool:
        """Whether a request may have so many headers, if all of it comes at once."""
        return headers * HEADER_COST <= self._most

    def received(self, count: int) -> None:
        """Count a piece that was parsed; not one in which a request began: it may hold little of it."""
        if not self._begun:
            self._unpaid += count
        self._begun = False

    def header(self) -> None:
        """Count a header of the head, whose bytes arrived."""
        self._unpaid += HEADER_COST

    def body(self, count: int, *, read: bool) -> None:
        """Bytes of a body: they pay for themselves and their chunks; unread ones only up to a limit."""
        if not read:
            self._unread += count
        if self._unread <= UNREAD:
            self._unpaid -= _CHUNK_COST * count

    @property
    def unpaid(self) -> int:
        """Bytes so far."""
        return max(0, self._unpaid)

    @property
    def exceeded(self) -> bool:
        """Whether more arrived than may."""
        return self._unpaid > self._most
