"""How many of a kind are worked on at once."""

from types import TracebackType

from fraud_contract.errors import Overloaded


class Admission:
    """Counts what is inside the context; `require` refuses what came in beyond `limit`."""

    def __init__(self, limit: int, kind: str) -> None:
        self._limit = limit
        self._kind = kind
        self._inside = 0

    def __enter__(self) -> None:
        self._inside += 1

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self._inside -= 1

    def require(self) -> None:
        """Raise `Overloaded` where more than the limit are inside."""
        if self._inside > self._limit:
            raise Overloaded(f"Too many {self._kind} at once. Try again in a second.")
