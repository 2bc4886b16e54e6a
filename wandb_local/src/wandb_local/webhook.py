"""Posts every alias that is added to a URL, as W&B's automations do."""

import http.client
import json
import logging
import queue
import threading
import urllib.request
from collections.abc import Mapping
from typing import Final

from wandb_local.store import AliasAdded, Store
from wandb_local.values.identifiers import global_id

TOKEN_VARIABLE: Final = "WANDB_LOCAL_WEBHOOK_TOKEN"  # noqa: S105 - the name of a variable

_ATTEMPTS = 4
_FIRST_PAUSE = 0.5
"""Seconds before the second attempt, doubled for each further one: a receiver may be away for 3.5 seconds."""
_TIMEOUT = 5.0
_WAITING = 1000
"""Events kept for a receiver that is away. More are dropped: they are hints, the registry is the truth."""

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
        self._events: queue.Queue[Event] = queue.Queue(_WAITING)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._deliver_all, name="wandb-local-webhook", daemon=True)
        self._thread.start()

    def report(self, event: Event) -> None:
        """Deliver the event some time soon."""
        try:
            self._events.put_nowait(event)
        except queue.Full:
            logger.warning("%d events wait already: dropped one of %s", _WAITING, event.get("alias"))

    def close(self) -> None:
        """Give up what still waits; what is under way has its time-out to finish."""
        self._stopped.set()
        self.report({})
        self._thread.join(_TIMEOUT)

    def _deliver_all(self) -> None:
        while (event := self._events.get()) and not self._stopped.is_set():
            self._deliver(event)

    def _deliver(self, event: Event) -> None:
        for attempt in range(_ATTEMPTS):
            request = urllib.request.Request(self._url, json.dumps(event).encode(), self._headers)  # noqa: S310 - http(s), checked at start
            try:
                with self._opener.open(request, timeout=_TIMEOUT):
                    return
            except (OSError, http.client.HTTPException) as error:
                logger.warning(
                    "attempt %d of %d to deliver %s failed: %s",
                    attempt + 1,
                    _ATTEMPTS,
                    event["artifact_version_string"],
                    error,
                )
            if self._stopped.wait(_FIRST_PAUSE * 2**attempt):
                return
