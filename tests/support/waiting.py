"""Waiting for what another process will make true."""

import time
from collections.abc import Callable

import httpx


def eventually(true: Callable[[], bool], *, seconds: float) -> None:
    """Return once `true()`; a refused connection counts as not yet; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if true():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"not true within {seconds} s")
