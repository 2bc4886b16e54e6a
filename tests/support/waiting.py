"""Waiting for what another process will make true."""

import time
from collections.abc import Callable

import httpx


def eventually[Seen](
    look: Callable[[], Seen],
    *,
    seconds: float,
    pause: float = 0.05,
    not_yet: type[Exception] = httpx.TransportError,
) -> Seen:
    """What `look` gives once it is true; a false value, or `not_yet` raised in it, is not yet.

    By default that is a refused connection. Looks every `pause` seconds; fails after `seconds`.
    """
    deadline = time.monotonic() + seconds
    while True:
        seen, error = None, None
        try:
            seen = look()
        except not_yet as problem:
            error = problem
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {seconds} s: {seen!r}") from error
        time.sleep(pause)
