"""Whether requests that arrive together share a call: a window of turns of the event loop, never of time.

A turn of the loop reads some of the sockets, so callers who ask at the same moment come in over two or
three of them. A call of the trees costs the same for one row as for twenty; what those turns bring is
therefore worth one more look at the sockets, which takes microseconds. A lone request does not wait.
"""

from typing import Final

_MAX_TURNS: Final = 3
"""So that a steady stream is scored as it comes; a fourth brought nothing at 64 callers."""


class BatchWindow:
    """Watches a queue grow from turn to turn of the event loop."""

    def __init__(self) -> None:
        self._queued_before = 1
        self._turns = 0

    def stays_open(self, queued: int) -> bool:
        """Whether to look again at the next turn, now that so many requests are queued.

        True while each turn brings more, and at most three times in a row; never for a lone request.
        """
        if queued > self._queued_before and self._turns < _MAX_TURNS:
            self._queued_before = queued
            self._turns += 1
            return True
        self._queued_before = 1
        self._turns = 0
        return False
