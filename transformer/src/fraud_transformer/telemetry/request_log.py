"""A line of log for a share of the requests, and for each that fails; a payment's facts only if asked for."""

import logging
from random import random
from typing import Any, Final

from fraud_contract.transaction import Transaction
from fraud_serving.trace_context import current
from fraud_transformer.settings import TransformerSettings

_log = logging.getLogger("fraud_transformer.requests")

_SERVER_ERROR: Final = 500
_FACTS: Final = frozenset({"amt", "hour", "day_of_week", "category"})


class RequestLog:
    """Logs answered requests, over HTTP and gRPC."""

    def __init__(self, settings: TransformerSettings) -> None:
        self._share = settings.log_share
        self._facts = settings.log_facts

    def answered(self, route: str, status: int, seconds: float, transaction: Transaction | None) -> None:
        """Log one request, if it failed by our fault or its lot fell on it.

        `status` is that of HTTP; `transaction` the one that was asked about, if it was one.
        """
        failed = status >= _SERVER_ERROR
        if not failed and (not self._share or random() >= self._share):  # noqa: S311 - no secret is made of it
            return
        fields: dict[str, Any] = {"route": route, "status": status, "ms": round(seconds * 1e3, 3)}
        if trace := current():
            fields["trace_id"] = trace.trace_id
        if transaction:
            fields |= self._told_of(transaction)
        _log.log(logging.WARNING if failed else logging.INFO, "request", extra={"fields": fields})

    def _told_of(self, transaction: Transaction) -> dict[str, Any]:
        told = transaction.model_dump(exclude_none=True)
        return told if self._facts else {name: each for name, each in told.items() if name not in _FACTS}
