"""Spans of HTTP requests, as ASGI middleware."""

from opentelemetry.trace import SpanKind

from fraud_serving.http.asgi import App, Receive, Scope, Send
from fraud_serving.telemetry.trace_context import TraceContext
from fraud_transformer.tracing.spans import span


class TracedApp:
    """An ASGI app with a span for each request, named by its method until its route is known."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        with span(scope["method"], SpanKind.SERVER, TraceContext.of(dict(scope["headers"]))):
            await self._app(scope, receive, send)
