"""The life of a serving process: ports, KServe's data plane, getting ready, draining."""

import asyncio
import gc
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

import grpc
import uvloop
from kserve import Model, ModelServer

from fraud_serving.addresses import listen
from fraud_serving.budget import Budget
from fraud_serving.certificate import Certificate
from fraud_serving.descriptors import connections_within
from fraud_serving.grpc.arrivals import Arrivals
from fraud_serving.grpc.health import Health
from fraud_serving.grpc.reflection import Reflection
from fraud_serving.grpc.server import MAX_UNTAKEN, grpc_server, unary_handlers
from fraud_serving.grpc.service import SERVICE, Infer, InferenceService
from fraud_serving.http.connections import ConnectionLimits, Connections
from fraud_serving.http.exchange import FastPath
from fraud_serving.http.limits.refusals import Headers, Refusals
from fraud_serving.http.server import HttpServer
from fraud_serving.memory import give_back
from fraud_serving.settings import ServingSettings

_log = logging.getLogger(__name__)

_HTTP_SHARE: Final = 3 / 8
"""Of the files that the process may open, for each HTTP port; there are at most two."""
TLS_SHARE: Final = 0.0625
"""Of the connections that an HTTP port may have, with TLS: each takes some 220 KiB instead of ten."""
_GRPC_SHARE: Final = 1 / 4

type Background = Callable[[], Coroutine[object, object, None]]
"""What runs beside serving until the end."""


class Server(ModelServer):  # type: ignore[misc]  # KServe ships no types
    """KServe's model server with the event loop, addresses, errors and shutdown that serving needs.

    Stock KServe never runs on uvloop, binds every interface, lets any caller unload the model, and
    closes its socket on SIGTERM before anyone has stopped sending.
    """

    def __init__(
        self,
        settings: ServingSettings,
        model: Model,
        infer: Infer,
        become_ready: Callable[[], Awaitable[None]],
        *background: Background,
        certificate: Certificate | None = None,
    ) -> None:
        super().__init__(workers=1, enable_latency_logging=False)
        self._settings = settings
        self._model = model
        self._infer = infer
        self._become_ready = become_ready
        follow = (certificate.follow,) if certificate else ()
        self._background = (*background, *follow, give_back)
        self._certificate = certificate
        self._interceptors: tuple[grpc.aio.ServerInterceptor, ...] = ()
        self._limits = ConnectionLimits(
            connections=connections_within(settings.max_connections, _HTTP_SHARE),
            head=settings.max_head,
            head_seconds=settings.head_timeout,
            pending=settings.max_pending,
        )
        self._http: list[HttpServer] = []
        self.register_model(model)

    def serve_http(  # noqa: PLR0913, PLR0917 - a port, and what answers there
        self,
        app: Any,  # noqa: ANN401 - any ASGI app
        port: int,
        setting: str,
        certificate: Certificate | None = None,
        headers: Headers = MappingProxyType({}),
        fast_path: FastPath | None = None,
    ) -> None:
        """Also serve `app` on `port`.

        `headers` are part of the connections' own refusals, which no app gives; what `fast_path` takes, the
        app does not see.

        Raises:
            SettingsError: the port is taken; names `setting`.
        """
        listener = listen(self._settings.host, port, setting)
        tls, limits = None, self._limits
        if certificate:
            tls = certificate.context
            limits = replace(limits, connections=max(1, int(limits.connections * TLS_SHARE)))
        connections = Connections(limits, Refusals(headers), fast_path)
        self._http.append(HttpServer(app, listener, connections, tls, grace=self._settings.grace))

    def intercept_grpc(self, *interceptors: grpc.aio.ServerInterceptor) -> None:
        """Put interceptors around every gRPC call, the first outermost; before `run`."""
        self._interceptors = interceptors

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then drain. Raises what `become_ready` raises."""
        uvloop.run(self._run())

    async def _run(self) -> None:
        grpc_server = self._grpc()
        await grpc_server.start()
        serving = [asyncio.create_task(each.run_until_stopped()) for each in self._http]
        background = [asyncio.create_task(each()) for each in self._background]
        stopped = asyncio.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(each, stopped.set)
        # What was loaded stays: taking it out of the collector's sight saves pauses of milliseconds.
        gc.collect()
        gc.freeze()
        try:
            await self._until_stopped(stopped)
        finally:
            self._model.ready = False
            for server in self._http:
                server.stop()
            await grpc_server.stop(self._settings.grace)
            await asyncio.gather(*serving)
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)

    async def _until_stopped(self, stopped: asyncio.Event) -> None:
        """Return after a signal and the lingering; raise where getting ready fails."""
        waiting = asyncio.create_task(stopped.wait())
        starting = asyncio.ensure_future(self._become_ready())
        await asyncio.wait({waiting, starting}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            self._model.ready = True
            _log.info("Ready on port %d", self._settings.http_port)
            await waiting
        starting.cancel()
        _log.info("Stopping: not ready any more, finishing what is in flight")
        self._model.ready = False
        for server in self._http:
            server.leave()
        await asyncio.sleep(self._settings.linger)

    def _grpc(self) -> grpc.aio.Server:
        settings = self._settings
        server = grpc_server(
            settings,
            connections_within(settings.max_grpc_connections, _GRPC_SHARE),
            self._certificate,
            self._interceptors,
        )
        arrivals = Arrivals(settings.max_message, settings.message_timeout)
        untaken = Budget(MAX_UNTAKEN, "Too many answers are not taken yet. Try again in a second.")
        service = InferenceService(self.dataplane, self._model, self._infer)
        handlers = unary_handlers(SERVICE, SERVICE.methods_by_name, service, arrivals, untaken)
        server.add_generic_rpc_handlers(
            (
                grpc.method_handlers_generic_handler(SERVICE.full_name, handlers),
                Health(self._model, arrivals, untaken).handlers(),
                Reflection(arrivals).handlers(),
            )
        )
        return server
