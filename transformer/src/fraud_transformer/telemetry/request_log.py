"""A line of log for a share of the requests, and for each that fails; a payment's facts only if asked for."""

import logging
from random import random
from typing import Any, Final

from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.request_context import RequestContext
from fraud_transformer.transactions.parsing import ALLOWED, Payment

_log = logging.getLogger("fraud_transformer.requests")

_SERVER_ERROR: Final = 500
_FACTS: Final = frozenset({"amt", "hour", "day_of_week", "category"})


class RequestLog:
    """Logs answered requests, over HTTP and gRPC."""

    def __init__(self, settings: TransformerSettings) -> None:
        self._share = settings.log_share
        self._facts = settings.log_facts

    def answered(self, context: RequestContext, status: int, seconds: float) -> None:
        """Log one request, if it failed by our fault or is of the share; `status` is that of HTTP."""
        failed = status >= _SERVER_ERROR
        if not failed and (not self._share or random() >= self._share):  # noqa: S311 - no secret is made of it
            return
        fields: dict[str, Any] = {"route": context.route, "status": status, "ms": round(seconds * 1e3, 3)}
        if context.trace:
            fields["trace_id"] = context.trace.trace_id
        if context.transaction:
            fields |= self._fields_of(context.transaction)
        _log.log(logging.WARNING if failed else logging.INFO, "request", extra={"fields": fields})

    def _fields_of(self, transaction: Payment) -> dict[str, Any]:
        names = ALLOWED if self._facts else ALLOWED.keys() - _FACTS
        fields = {name: getattr(transaction, name) for name in names}
        return {name: value for name, value in fields.items() if value is not None}
