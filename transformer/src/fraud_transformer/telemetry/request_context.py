"""What is known of one request while it is decided, over any transport."""

import msgspec

from fraud_serving.telemetry.trace_context import TraceContext
from fraud_transformer.telemetry.observers import Observer
from fraud_transformer.transactions.parsing import Payment


class RequestContext(msgspec.Struct):
    """Filled by the decision service; metrics, logs and spans are made from it when the request ends."""

    route: str
    """Template of the HTTP route, or name of the RPC; never a path that a caller made up."""
    observer: Observer
    began: float
    """`perf_counter` when the request was read."""
    trace: TraceContext | None = None
    """The caller's."""
    rows: int = 0
    """Transactions in work for it."""
    transaction: Payment | None = None
    """The one that it asks about, once that is read; None where it asks about many."""
    decision: str | None = None
    """The one that it is answered with: `approve`, `review` or `block`."""
    failure: str | None = None
    """Code of the error that it is answered with."""

    @property
    def transaction_id(self) -> str | None:
        """Of the one transaction."""
        return self.transaction.transaction_id if self.transaction else None
