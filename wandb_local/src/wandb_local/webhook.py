"""Posts every alias that is added to a URL, as W&B's automations do."""

import http.client
import json
import logging
import queue
import threading
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from wandb_local.limits import MIB
from wandb_local.store import AliasAdded, Store
from wandb_local.values.identifiers import global_id

TOKEN_VARIABLE: Final = "WANDB_LOCAL_WEBHOOK_TOKEN"  # noqa: S105 - the name of a variable

_ATTEMPTS = 4
_FIRST_PAUSE = 0.5
"""Seconds before the second attempt, doubled for each further one: a receiver may be away for 3.5 seconds."""
_TIMEOUT = 5.0
_WAITING = 1000
WAITING_BYTES: Final = 32 * MIB
"""Events kept for a receiver that is away, which carry an artifact's metadata, and their bytes. More are
dropped: they are hints, the registry is the truth."""

logger = logging.getLogger("wandb_local.webhook")

type Event = Mapping[str, object]


def alias_event(store: Store, added: AliasAdded, author: str) -> Event:
    """The payload of W&B's documentation, every variable filled in."""
    artifact = store.artifacts.get(added.membership.artifact_id)
    project = store.projects.get(added.collection.project_id)
    version = f"{project.entity}/{project.name}/{added.collection.name}:v{added.membership.version}"
    return {
        "event_type": "ADD_ARTIFACT_ALIAS",
        "event_author": author,
        "alias": added.alias,
        "artifact_version": f"wandb-artifact://_id/{global_id('Artifact', artifact.id)}",
        "artifact_version_string": version,
        "artifact_collection_name": added.collection.name,
        "artifact_metadata": json.loads(artifact.metadata or "{}"),
        "project_name": project.name,
        "entity_name": project.entity,
    }


@dataclass(frozen=True, slots=True)
class _Delivery:
    """An event as it is sent, which takes a tenth of what it takes as objects, and the version it is of."""

    version: str
    body: bytes


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Where a receiver sends us on, the token was not meant to go: a redirect is a failure."""

    def redirect_request(self, *_: object) -> None:
        """Do not follow."""


def _opener() -> urllib.request.OpenerDirector:
    """Straight to the receiver, whatever the environment says of proxies."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


class Webhook:
    """A thread that delivers events one after the other; reporting one never waits.

    `token` is sent as a bearer token, as W&B sends a webhook's access token.
    """

    def __init__(self, url: str, token: str | None) -> None:
        self._url = url
        self._opener = _opener()
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._events: queue.Queue[_Delivery | None] = queue.Queue(_WAITING)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._deliver_all, name="wandb-local-webhook", daemon=True)
        self._thread.start()

    def report(self, event: Event) -> None:
        """Deliver the event some time soon."""
        delivery = _Delivery(str(event["artifact_version_string"]), json.dumps(event).encode())
        with self._events.mutex:
            waiting = [len(other.body) for other in self._events.queue if other]
        if len(waiting) >= _WAITING or sum(waiting, len(delivery.body)) > WAITING_BYTES:
            logger.warning("%d events wait already: dropped one of %s", len(waiting), delivery.version)
        else:
            self._events.put(delivery)

    def close(self) -> None:
        """Give up what still waits; what is under way has its time-out to finish."""
        self._stopped.set()
        with suppress(queue.Full):  # then the thread finds another event, and ends as well
            self._events.put_nowait(None)
        self._thread.join(_TIMEOUT)

    def _deliver_all(self) -> None:
        while (delivery := self._events.get()) and not self._stopped.is_set():
            self._deliver(delivery)

    def _deliver(self, delivery: _Delivery) -> None:
        for attempt in range(_ATTEMPTS):
            request = urllib.request.Request(self._url, delivery.body, self._headers)  # noqa: S310 - http(s), checked at start
            try:
                with self._opener.open(request, timeout=_TIMEOUT):
                    return
            except (OSError, http.client.HTTPException) as error:
                logger.warning(
                    "attempt %d of %d to deliver %s failed: %s",
                    attempt + 1,
                    _ATTEMPTS,
                    delivery.version,
                    error,
                )
            if self._stopped.wait(_FIRST_PAUSE * 2**attempt):
                return
