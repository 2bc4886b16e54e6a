"""A line of log for a share of the requests, and for each that fails; never a payment's facts."""

import logging
from random import random
from typing import Any, Final

from fraud_serving.trace_context import current
from fraud_transformer.exchange import Reply

_log = logging.getLogger("fraud_transformer.requests")

_SERVER_ERROR: Final = 500


class RequestLog:
    """Logs answered requests."""

    def __init__(self, share: float) -> None:
        self._share = share

    def answered(self, template: str, reply: Reply, seconds: float) -> None:
        """Log one request, if it failed by our fault or its lot fell on it."""
        failed = reply.status >= _SERVER_ERROR
        if not failed and (not self._share or random() >= self._share):  # noqa: S311 - no secret is made of it
            return
        fields: dict[str, Any] = {"route": template, "status": reply.status, "ms": round(seconds * 1e3, 3)}
        if trace := current():
            fields["trace_id"] = trace.trace_id
        if reply.transaction_id is not None:
            fields["transaction_id"] = reply.transaction_id
        _log.log(logging.WARNING if failed else logging.INFO, "request", extra={"fields": fields})
