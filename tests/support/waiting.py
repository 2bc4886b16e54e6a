"""Waiting for what another process will make true.

A bound in a test is there for what hangs. It says nothing of speed: the suite is to pass on a machine with
other work for every core, too.
"""

import time
from collections.abc import Callable
from typing import Final

import httpx

PATIENCE: Final = 8
"""How many times longer than on an idle machine anything may take before it counts as hanging."""
HANG: Final = 300.0
"""Seconds after which anything counts as hanging: half of what a test may take."""


def eventually[Seen](
    look: Callable[[], Seen],
    *,
    seconds: float,
    pause: float = 0.05,
    not_yet: type[Exception] = httpx.TransportError,
) -> Seen:
    """What `look` gives once it is true; a false value, or `not_yet` raised in it, is not yet.

    By default that is a refused connection. Looks every `pause` seconds; fails after `PATIENCE` times the
    `seconds` that it may take on an idle machine, and after `HANG` at the latest.
    """
    patience = min(seconds * PATIENCE, HANG)
    deadline = time.monotonic() + patience
    while True:
        seen, error = None, None
        try:
            seen = look()
        except not_yet as problem:
            error = problem
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {patience:g} s: {seen!r}") from error
        time.sleep(pause)
