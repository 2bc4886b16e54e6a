"""How far a run has come: a bar that moves on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from typing import Final, TextIO

_WIDTH: Final = 30
_SHARES: Final = 10
"""Lines of a whole run that is not watched on a terminal."""


class Progress:
    """Writes to `stream` as `update` is called."""

    def __init__(self, stream: TextIO, total: int) -> None:
        self._stream = stream
        self._total = total
        self._live = stream.isatty()
        self._started = time.perf_counter()
        self._told = 0

    def update(self, done: int, failed: int) -> None:
        """Show that `done` requests are through, `failed` of them in vain."""
        if self._live:
            self._stream.write(f"\r\x1b[2K{self._bar(done)} {self._words(done, failed)}")
        elif done * _SHARES // self._total > self._told:
            self._told = done * _SHARES // self._total
            self._stream.write(f"{self._words(done, failed)}\n")
        self._stream.flush()

    def close(self) -> None:
        """Leave the terminal's line clean for what comes next."""
        if self._live:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()

    def _bar(self, done: int) -> str:
        filled = _WIDTH * done // self._total
        return f"[{'#' * filled}{'.' * (_WIDTH - filled)}]"

    def _words(self, done: int, failed: int) -> str:
        rate = done / max(time.perf_counter() - self._started, 1e-9)
        words = f"{done:,} of {self._total:,} requests, {rate:,.0f} a second"
        return f"{words}, {failed:,} failed" if failed else words
