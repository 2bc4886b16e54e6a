"""The public HTTP side: an ASGI app in front of everything, so that a payment meets no framework."""

import logging
from time import perf_counter
from typing import Final

from fraud_contract.errors import FraudError, InvalidTransaction, MethodNotAllowed, Overloaded
from fraud_serving.trace_context import TraceContext, enter
from fraud_transformer.http.arrivals import Arrivals
from fraud_transformer.http.asgi import Receive, Scope, Send
from fraud_transformer.http.request import Request
from fraud_transformer.http.response import Response, error_response, send_response
from fraud_transformer.http.routes import Handler, Route, Routes, nothing_at
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.observers import SYNTHETIC, Observers
from fraud_transformer.telemetry.request_log import RequestLog

_log = logging.getLogger(__name__)

_NO_ROUTE: Final = "none"


class App:
    """Dispatches requests to routes, answers every error as JSON, counts."""

    def __init__(
        self, routes: Routes, observers: Observers, release: ServedRelease, settings: TransformerSettings
    ) -> None:
        self._routes = routes
        self._observers = observers
        self._release = release
        self._name = release.name.encode()
        self._settings = settings
        self._log = RequestLog(settings)
        self._arrivals = Arrivals(settings.max_arriving)
        self._answering = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        start = perf_counter()
        settings = self._settings
        headers = dict(scope["headers"])
        observer = self._observers.of(headers.get(SYNTHETIC))
        request = Request(
            scope, receive, headers, settings.max_body, settings.body_timeout, self._arrivals, observer
        )
        enter(TraceContext.of(headers))
        route = self._routes.find(scope["path"])
        self._answering += 1
        try:
            response = await self._respond(request, route)
        finally:
            self._answering -= 1
        await send_response(send, response, self._name, with_body=scope["method"] != "HEAD")
        self._answered(request, route.template if route else _NO_ROUTE, response, perf_counter() - start)

    def _answered(self, request: Request, template: str, response: Response, seconds: float) -> None:
        request.observer.requested(template, response.status, seconds)
        self._log.answered(template, response.status, seconds, request.transaction)

    async def _respond(self, request: Request, route: Route | None) -> Response:
        try:
            return await self._handler(request, route)(request)
        except InvalidTransaction as error:
            request.observer.refused(error.details)
            return error_response(error, request.transaction_id)
        except FraudError as error:
            return error_response(error, request.transaction_id)
        except Exception:  # noqa: BLE001 - a bug; its text is for the log, not for the caller
            _log.exception("Unexpected error at %s", route.template if route else _NO_ROUTE)
            unknown = FraudError("Internal error; the service's log tells more.")
            return error_response(unknown, request.transaction_id)

    def _handler(self, request: Request, route: Route | None) -> Handler:
        if route is None:
            raise nothing_at(request.scope["path"])
        method = request.method
        handler = route.handlers.get("GET" if method == "HEAD" else method)
        if handler is None:
            if method == "OPTIONS":
                return route.options
            raise MethodNotAllowed(f"{route.template} answers {', '.join(route.methods)}.", route.methods)
        if self._answering > self._settings.max_requests:
            raise Overloaded("Too many requests at once. Try again in a second.")
        return handler
