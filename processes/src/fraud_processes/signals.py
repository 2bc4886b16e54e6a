"""SIGTERM and SIGHUP end a command as Ctrl-C does: everything that was started is stopped in order."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)
"""`kill`, and a terminal that was closed. Ctrl-C is Python's own KeyboardInterrupt."""
BY_SIGNAL: Final = 128
"""Exit codes above this one name the signal, as shells have it."""


@contextmanager
def ending_on_signals() -> Iterator[None]:
    """Within it SIGTERM and SIGHUP raise `SystemExit`, so that `finally` clauses run."""
    before = {number: signal.signal(number, _end) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    del frame
    raise SystemExit(BY_SIGNAL + number)
