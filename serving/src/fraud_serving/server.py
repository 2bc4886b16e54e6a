"""The life of a serving process: ports, KServe's data plane, getting ready, draining."""

import asyncio
import gc
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine
from types import MappingProxyType
from typing import Any, Final

import grpc
import uvloop
from kserve import Model, ModelServer
from kserve.protocol.grpc import grpc_predict_v2_pb2_grpc as stubs

from fraud_contract.errors import SettingsError
from fraud_serving.addresses import listen
from fraud_serving.certificate import Certificate
from fraud_serving.connections import ConnectionLimits, Connections
from fraud_serving.descriptors import connections_within
from fraud_serving.grpc_service import Infer, InferenceService
from fraud_serving.http import HttpServer
from fraud_serving.refusals import Headers, Refusals
from fraud_serving.settings import ServingSettings

_log = logging.getLogger(__name__)

_GRPC_OPTIONS: Final = (
    ("grpc.so_reuseport", 0),  # else a second process would take half of the calls without a word
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
)


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
        self._background = (*background, certificate.follow) if certificate else background
        self._certificate = certificate
        self._interceptors: tuple[grpc.aio.ServerInterceptor, ...] = ()
        self._limits = ConnectionLimits(
            connections=connections_within(settings.max_connections),
            head=settings.max_head,
            head_seconds=settings.head_timeout,
            pending=settings.max_pending,
        )
        self._http: list[HttpServer] = []
        self.register_model(model)

    def serve_http(
        self,
        app: Any,  # noqa: ANN401 - any ASGI app
        port: int,
        setting: str,
        certificate: Certificate | None = None,
        headers: Headers = MappingProxyType({}),
    ) -> None:
        """Also serve `app` on `port`.

        `headers` are told by the connections' own refusals, which no app gives.

        Raises:
            SettingsError: the port is taken; names `setting`.
        """
        listener = listen(self._settings.host, port, setting)
        tls = certificate.context if certificate else None
        connections = Connections(self._limits, Refusals(headers))
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
        limits = (
            ("grpc.max_receive_message_length", settings.max_message),
            ("grpc.max_send_message_length", settings.max_message),
        )
        server = grpc.aio.server(
            interceptors=self._interceptors,
            options=(*_GRPC_OPTIONS, *limits),
            maximum_concurrent_rpcs=settings.max_requests,
        )
        stubs.add_GRPCInferenceServiceServicer_to_server(
            InferenceService(self.dataplane, self._model, self._infer), server
        )
        address = f"{settings.host}:{settings.grpc_port}"
        try:
            if self._certificate:
                server.add_secure_port(address, self._certificate.grpc_credentials())
            else:
                server.add_insecure_port(address)
        except RuntimeError:
            raise SettingsError(
                f"Cannot listen on {address}. Stop its user, or choose another with FRAUD_GRPC_PORT."
            ) from None
        return server
