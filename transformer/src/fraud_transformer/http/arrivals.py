"""How much of unfinished bodies is held: many slow large ones must not take all memory."""

from collections.abc import Iterator
from contextlib import contextmanager

from fraud_contract.errors import Overloaded


class Arrivals:
    """Bytes of all bodies that are still arriving, at most `limit`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0

    @contextmanager
    def body(self) -> Iterator["Arriving"]:
        """A body that arrives while the context lasts."""
        arriving = Arriving(self)
        try:
            yield arriving
        finally:
            self._held -= arriving.size

    def hold(self, size: int) -> None:
        """Hold `size` bytes more; raises `Overloaded` where that is too much."""
        if self._held + size > self._limit:
            raise Overloaded("Too much is being sent at once. Try again in a second.")
        self._held += size


class Arriving:
    """The parts of one body so far."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._parts: list[bytes] = []
        self.size = 0
        """Bytes so far."""

    def add(self, part: bytes) -> None:
        """Take a further part; raises `Overloaded` where all bodies together are too much."""
        self._arrivals.hold(len(part))
        self._parts.append(part)
        self.size += len(part)

    def whole(self) -> bytes:
        """All parts."""
        return b"".join(self._parts)
