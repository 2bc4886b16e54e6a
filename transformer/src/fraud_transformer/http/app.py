"""The public HTTP side: an ASGI app in front of everything, so that a payment meets no framework."""

from typing import Final

from fraud_contract.errors import MethodNotAllowed
from fraud_serving.budget import Budget
from fraud_serving.http.asgi import Receive, Scope, Send
from fraud_serving.telemetry.trace_context import enter
from fraud_transformer.decisions.service import DecisionService
from fraud_transformer.http.request import Request
from fraud_transformer.http.response import Response, error_response, send_response
from fraud_transformer.http.routes import Handler, Route, Routes, nothing_at
from fraud_transformer.settings import TransformerSettings

_NO_ROUTE: Final = "none"


class App:
    """Dispatches requests to routes, and answers every error as JSON."""

    def __init__(self, routes: Routes, service: DecisionService, settings: TransformerSettings) -> None:
        self._routes = routes
        self._service = service
        self._release = service.release.name.encode()
        self._settings = settings
        self._arriving = Budget(
            settings.max_arriving, "Too much is being sent at once. Try again in a second."
        )
        """Bytes of all bodies that are still arriving: many slow large ones must not take all memory."""
        self.admission = Budget(settings.max_requests, "Too many requests at once. Try again in a second.")
        """Of all requests to this port, also those that a fast path takes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        route = self._routes.find(scope["path"])
        context = self._service.begin(route.template if route else _NO_ROUTE, headers)
        enter(context.trace)
        settings = self._settings
        request = Request(
            scope, receive, headers, settings.max_body, settings.body_timeout, self._arriving, context
        )
        response = await self._respond(request, route)
        try:
            await send_response(send, response, self._release, with_body=scope["method"] != "HEAD")
        finally:
            self._service.end(context, response.status)

    async def _respond(self, request: Request, route: Route | None) -> Response:
        try:
            handler = self._handler(request, route)
            with self.admission.holding():
                return await handler(request)
        except Exception as error:  # noqa: BLE001 - every error is answered; the service logs what is a bug
            context = request.context
            return error_response(self._service.failure(context, error), context.transaction_id)

    def _handler(self, request: Request, route: Route | None) -> Handler:
        if route is None:
            raise nothing_at(request.scope["path"])
        method = request.method
        handler = route.handlers.get("GET" if method == "HEAD" else method)
        if handler is None:
            if method == "OPTIONS":
                return route.options
            raise MethodNotAllowed(f"{route.template} answers {', '.join(route.methods)}.", route.methods)
        return handler
