"""Budgets of what all callers of a server may have in work, or keep it holding, together."""

from collections.abc import Iterator
from contextlib import contextmanager

from fraud_contract.errors import Overloaded


class Budget:
    """So much of something at once; what alone is more than that is taken alone."""

    def __init__(self, limit: int, refusal: str) -> None:
        self._limit = limit
        self._refusal = refusal
        self._held = 0

    def hold(self, size: int = 1) -> None:
        """Count `size` more until its `release`.

        Raises:
            Overloaded: with what is held already it is too much.
        """
        if self._held and self._held + size > self._limit:
            raise Overloaded(self._refusal)
        self._held += size

    def release(self, size: int = 1) -> None:
        """Count `size` no more."""
        self._held -= size

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Hold one while the context lasts; errors as `hold`."""
        self.hold()
        try:
            yield
        finally:
            self.release()
