"""Answers that their callers have not taken yet, of all calls of a server.

An HTTP/2 caller may ask for much and open no window for the answer: gRPC then keeps it for as long as the
connection lives (`fraud_serving.grpc.server.AGE`). Small ones are bounded by the number of calls.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from fraud_contract.errors import Overloaded

MAX_UNTAKEN: Final = 32 << 20
"""Bytes of all larger answers that are not taken."""
_SMALL: Final = 16 << 10
"""Bytes of an answer that is not counted."""


class Answered(Protocol):
    """What is needed of a call's context."""

    def add_done_callback(self, callback: Callable[[object], None]) -> None:
        """Have `callback` called when the answer was taken, or the connection was lost."""
        ...


class Answers:
    """Counts the bytes of answers from when they are made until they are taken."""

    def __init__(self) -> None:
        self._untaken = 0

    def hold(self, context: Answered, size: int) -> None:
        """Count an answer of `size` bytes, until its call ends.

        Raises:
            Overloaded: with those that are not taken yet it is too much.
        """
        if size <= _SMALL:
            return
        if self._untaken and self._untaken + size > MAX_UNTAKEN:
            raise Overloaded("Too many answers are not taken yet. Try again in a second.")
        self._untaken += size
        context.add_done_callback(partial(self._release, size))

    def _release(self, size: int, _: object) -> None:
        self._untaken -= size
