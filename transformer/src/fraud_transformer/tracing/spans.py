"""A span that goes on from its caller's trace context and is itself passed on as one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from fraud_serving.telemetry.trace_context import TraceContext

_tracer: Final = trace.get_tracer("fraud_transformer")
_propagator: Final = TraceContextTextMapPropagator()


@contextmanager
def span(
    name: str, kind: SpanKind, parent: TraceContext | None, linked: Sequence[TraceContext] = ()
) -> Iterator[Span]:
    """A span, current while the context lasts; no exception's text goes into it: it may be payment data."""
    with _tracer.start_as_current_span(
        name,
        _extracted(parent) if parent else Context(),
        kind,
        links=[Link(trace.get_current_span(_extracted(each)).get_span_context()) for each in linked],
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        yield current


def context_of(current: Span) -> TraceContext | None:
    """What goes on from `current`."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier, trace.set_span_in_context(current, Context()))
    return TraceContext.of({name.encode(): value.encode() for name, value in carrier.items()})


def _extracted(context: TraceContext) -> Context:
    return _propagator.extract(dict(context.metadata))
