"""With OpenTelemetry spans or without: chosen once, at the start, by OpenTelemetry's environment."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Final

import grpc

from fraud_serving.http.asgi import App
from fraud_serving.telemetry.trace_context import TraceContext
from fraud_transformer.decisions.service import Reporter
from fraud_transformer.http.fast_path import PaymentFastPath
from fraud_transformer.scoring.scorer import RemoteScorer
from fraud_transformer.served import ServedRelease

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_NAME: Final = "fraud-detector"
"""The service's name where neither OTEL_SERVICE_NAME nor OTEL_RESOURCE_ATTRIBUTES give one."""

_FAREWELL: Final = 2.0
"""Seconds that the last spans have to be delivered: a collector that is gone must not hold up the end."""


@dataclass(frozen=True, slots=True)
class Tracing:
    """What is put around the parts of a transformer so that they leave spans; by default nothing."""

    app: Callable[[App], App] = lambda app: app
    interceptors: tuple[grpc.aio.ServerInterceptor, ...] = ()
    scorer: Callable[[RemoteScorer], RemoteScorer] = lambda scorer: scorer
    reporters: tuple[Reporter, ...] = ()
    context: Callable[[Mapping[bytes, bytes]], TraceContext | None] = TraceContext.of
    """Of a request of these headers, for what is done for it."""
    fast_path: Callable[[PaymentFastPath], PaymentFastPath | None] = lambda path: path
    """None where spans are wanted: they belong around an app."""


def spans_wanted() -> bool:
    """Whether the environment names an OTLP endpoint and does not switch traces off."""
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    exporter = os.environ.get("OTEL_TRACES_EXPORTER", "otlp")
    return any(map(os.environ.get, _ENDPOINTS)) and exporter == "otlp" and not off


def tracing_of(release: ServedRelease) -> Tracing:
    """Spans where the environment asks for them; else nothing, so that a request does no work for them."""
    if not spans_wanted():
        return Tracing()
    # Here, because most processes leave none, and the imports take time.
    from fraud_transformer.tracing import requests  # noqa: PLC0415
    from fraud_transformer.tracing.scorer import TracedScorer  # noqa: PLC0415

    return Tracing(
        requests.TracedApp,
        (requests.TracingInterceptor(),),
        TracedScorer,
        (requests.SpanAttributes(release).answered,),
        requests.current_context,
        lambda _: None,
    )


@contextmanager
def spans_exported() -> Iterator[None]:
    """Where they are wanted, spans go to the OTLP endpoint (HTTP, protobuf) while the context lasts.

    In a thread of the SDK's own. What cannot be delivered is dropped, and no request waits for it.
    """
    if not spans_wanted():
        yield
        return
    # Here, because most processes leave none, and the imports take time.
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    resource = Resource({"service.name": _NAME}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        last = Thread(target=provider.shutdown, daemon=True)
        last.start()
        last.join(_FAREWELL)
