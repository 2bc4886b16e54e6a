"""A line of log for a share of the requests, and for each that fails; never a payment's facts."""

import logging
import re
from random import random
from typing import Any, Final

from fraud_transformer.exchange import Reply, Scope

_log = logging.getLogger("fraud_transformer.requests")

_SERVER_ERROR: Final = 500
_TRACEPARENT: Final = re.compile(rb"^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$")
"""W3C Trace Context, version 00."""


class RequestLog:
    """Logs answered requests."""

    def __init__(self, share: float) -> None:
        self._share = share

    def answered(self, template: str, reply: Reply, seconds: float, scope: Scope) -> None:
        """Log one request, if it failed by our fault or its lot fell on it."""
        failed = reply.status >= _SERVER_ERROR
        if not failed and (not self._share or random() >= self._share):  # noqa: S311 - no secret is made of it
            return
        fields: dict[str, Any] = {"route": template, "status": reply.status, "ms": round(seconds * 1e3, 3)}
        trace = _TRACEPARENT.match(dict(scope["headers"]).get(b"traceparent", b""))
        if trace:
            fields["trace_id"] = trace[1].decode()
        if reply.transaction_id is not None:
            fields["transaction_id"] = reply.transaction_id
        _log.log(logging.WARNING if failed else logging.INFO, "request", extra={"fields": fields})
