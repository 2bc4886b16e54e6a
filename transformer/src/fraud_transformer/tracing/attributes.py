"""What the span of a request says of it, and what goes on from it."""

from typing import TYPE_CHECKING, Final

from opentelemetry import trace
from opentelemetry.trace import StatusCode

from fraud_serving.telemetry.trace_context import TraceContext
from fraud_transformer.oip.grpc_model import RPC
from fraud_transformer.served import ServedRelease
from fraud_transformer.telemetry.request_context import RequestContext
from fraud_transformer.tracing.spans import context_of

if TYPE_CHECKING:
    from opentelemetry.util.types import AttributeValue

_SERVER_ERROR: Final = 500


def current_context(_: object) -> TraceContext | None:
    """What goes on from the current span, which itself goes on from what the request's headers say."""
    return context_of(trace.get_current_span())


class SpanAttributes:
    """A reporter of the decision service: describes a request in its span, which is current when it ends."""

    def __init__(self, release: ServedRelease) -> None:
        self._release: Final[dict[str, AttributeValue]] = {
            "fraud.release": release.name,
            "fraud.model_version": release.model.version,
        }

    def answered(self, context: RequestContext, status: int, _: float) -> None:
        """Name the span by its route; it failed where the fault is ours, by the code of the error."""
        current = trace.get_current_span()
        current.update_name(context.route)
        current.set_attributes(self._release)
        if context.route != RPC:
            current.set_attributes({"http.route": context.route, "http.response.status_code": status})
        if context.transaction_id is not None:
            current.set_attribute("fraud.transaction_id", context.transaction_id)
        if context.decision is not None:
            current.set_attribute("fraud.decision", context.decision)
        if status >= _SERVER_ERROR:
            current.set_status(StatusCode.ERROR, context.failure)
