"""How many requests of a kind, and how many transactions, are worked on at once."""

from types import TracebackType

from fraud_contract.errors import Overloaded
from fraud_transformer.telemetry.request_context import RequestContext


class Admission:
    """Counts what is inside the context; `require` refuses what came in beyond `limit`."""

    def __init__(self, limit: int, kind: str) -> None:
        self._limit = limit
        self._kind = kind
        self._inside = 0

    def enter(self) -> None:
        """Count one more inside, until it `leave`s."""
        self._inside += 1

    def leave(self) -> None:
        """Count one less."""
        self._inside -= 1

    def __enter__(self) -> None:
        self.enter()

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.leave()

    def require(self) -> None:
        """Raise `Overloaded` where more than the limit are inside."""
        if self._inside > self._limit:
            raise Overloaded(f"Too many {self._kind} at once. Try again in a second.")


class RowAdmission:
    """Transactions in work, of all requests for many: each takes about a KiB until its answer is out."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._inside = 0

    def admit(self, context: RequestContext, rows: int) -> None:
        """Count `rows` of a request until `release`.

        Raises:
            Overloaded: with those in work already they are too many.
        """
        if self._inside and self._inside + rows > self._limit:
            raise Overloaded("Too many transactions are in work already. Try again in a second.")
        self._inside += rows
        context.rows += rows

    def release(self, context: RequestContext) -> None:
        """The request ended."""
        self._inside -= context.rows
        context.rows = 0
