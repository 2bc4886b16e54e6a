"""Starting and stopping the server."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from wandb_local import data_directory
from wandb_local.access import Access
from wandb_local.errors import StartError
from wandb_local.http.application import application
from wandb_local.http.connection import connections_within, most_connections
from wandb_local.limits import Limits
from wandb_local.service import Service
from wandb_local.store import Store
from wandb_local.values.clock import now
from wandb_local.webhook import TOKEN_VARIABLE, Webhook, alias_event

DEFAULT_ENTITY = "local"
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised, not bound by default
_LAST_PORT = 65535
_DRAIN_SECONDS = 3
"""How long open requests may take to finish when the server stops."""
_POLL_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the server keeps its data and where it listens; port 0 is any free one."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 0
    entity: str = DEFAULT_ENTITY
    webhook: str | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that answers."""

    url: str
    api_key: str
    data: Path


@dataclass(frozen=True, slots=True)
class Prepared:
    """A server that holds its directory and its port, ready to run."""

    server: uvicorn.Server
    listener: socket.socket
    running: RunningServer

    def run(self) -> None:
        """Serve until `stop` or a signal."""
        self.server.run(sockets=[self.listener])

    def stop(self) -> None:
        """Finish what is under way and end `run`; from any thread."""
        self.server.should_exit = True


@contextmanager
def prepared(settings: Settings) -> Iterator[Prepared]:
    """A server holding everything it needs.

    Raises:
        StartError: The directory or the port is not to be had, or the key is unusable.
    """
    with ExitStack() as stack:
        data_directory.prepare(settings.data)
        stack.enter_context(data_directory.locked(settings.data))
        key = data_directory.api_key(settings.data, os.environ.get(data_directory.KEY_VARIABLE))
        listener = stack.enter_context(closing(_listener(settings)))
        url = _url(settings, listener)
        service = Service(Store.open(settings.data), Access(key, now), settings.entity, settings.limits)
        stack.callback(service.close)
        if settings.webhook:
            stack.enter_context(closing(_subscribed(service, settings.webhook)))
        stack.enter_context(data_directory.announced(settings.data, url))
        yield Prepared(_server(service), listener, RunningServer(url, key, settings.data))


def _subscribed(service: Service, url: str) -> Webhook:
    if not url.startswith(("http://", "https://")):
        message = f"--webhook must be an http or https address, got {url!r}"
        raise StartError(message)
    webhook = Webhook(url, os.environ.get(TOKEN_VARIABLE))
    store = service.store
    store.aliases.subscribe(lambda added: webhook.report(alias_event(store, added, service.viewer)))
    return webhook


def _listener(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    where = f"{settings.host}:{settings.port}"
    if not 0 <= settings.port <= _LAST_PORT:
        message = f"cannot listen on {where}: choose another --port, from 0 to {_LAST_PORT}"
        raise StartError(message)
    try:
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=128)
    except OSError as error:
        message = f"cannot listen on {where} ({error}): choose another --host or --port"
        raise StartError(message) from error
    # Accepted connections inherit it. asyncio leaves it off for a socket made like this, and then each
    # answer, written as headers and body, waits 40 ms for the client's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _url(settings: Settings, listener: socket.socket) -> str:
    """The address for clients on this machine."""
    host = _WILDCARDS.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"


def _server(service: Service) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            application(service),
            loop="asyncio",
            http=connections_within(service.limits),
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level="error",  # what callers do wrong is theirs to know, and no line of the log
            server_header=False,
            # Never reached by connections that wait; beyond it the rest are answered 503.
            limit_concurrency=most_connections(service.limits) + 1,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        )
    )


@contextmanager
def running(
    data_dir: Path, *, port: int = 0, entity: str = DEFAULT_ENTITY, webhook: str | None = None
) -> Iterator[RunningServer]:
    """A server in a thread of this process, stopped at the end.

    Raises:
        StartError: The directory or the port is not to be had, or the key is unusable.
    """
    with prepared(Settings(data_dir, port=port, entity=entity, webhook=webhook)) as ready:
        thread = threading.Thread(target=ready.run, name="wandb-local", daemon=True)
        thread.start()
        try:
            while not ready.server.started:
                if not thread.is_alive():
                    raise StartError("the server ended while it started: see the log")
                time.sleep(_POLL_SECONDS)
            yield ready.running
        finally:
            ready.stop()
            thread.join()
