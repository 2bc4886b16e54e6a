"""The webhook, heard by a real receiver."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

import wandb_local
from support.registries.sdk import Complaints, Sdk
from wandb_local.webhook import WAITING_BYTES, Webhook


class _Receiver(BaseHTTPRequestHandler):
    received: Queue[tuple[str, dict[str, Any]]] = Queue()
    answers: Iterator[int]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = next(type(self).answers)
        self.send_response(status)
        self.end_headers()
        if status == 200:
            self.received.put((self.headers["Authorization"], body))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[HTTPServer]:
    """A webhook's receiver that is broken for the first delivery."""
    _Receiver.answers = iter([503, *[200] * 10])
    with HTTPServer(("127.0.0.1", 0), _Receiver) as receiving:
        thread = threading.Thread(target=receiving.serve_forever, args=(0.01,))
        thread.start()
        yield receiving
        receiving.shutdown()
        thread.join()


class _Elsewhere(BaseHTTPRequestHandler):
    """Sends every caller on to `target`, and remembers who came after that."""

    target: str
    followed: list[str | None]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(302)
        self.send_header("Location", self.target)
        self.end_headers()

    def do_GET(self) -> None:
        self.followed.append(self.headers["Authorization"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("proxy", [False, True])
def test_the_token_follows_no_redirect_and_no_proxy(
    monkeypatch: pytest.MonkeyPatch, complaints: Complaints, proxy: bool
) -> None:
    _Elsewhere.followed = []
    with HTTPServer(("127.0.0.1", 0), _Elsewhere) as redirecting:
        _Elsewhere.target = f"http://127.0.0.1:{redirecting.server_port}/elsewhere"
        if proxy:
            monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        thread = threading.Thread(target=redirecting.serve_forever, args=(0.01,))
        thread.start()
        webhook = Webhook(f"http://127.0.0.1:{redirecting.server_port}/hook", "secret")
        webhook.report({"artifact_version_string": "a/b/c:v0"})
        said = list[str]()
        while not said:
            said = complaints()
            time.sleep(0.01)
        webhook.close()
        redirecting.shutdown()
        thread.join()
    assert (said[0], _Elsewhere.followed) == (
        "attempt 1 of 4 to deliver a/b/c:v0 failed: HTTP Error 302: Found",
        [],
    )
    complaints()


def test_events_for_a_receiver_that_is_away_are_kept_up_to_their_bytes(complaints: Complaints) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        webhook = Webhook(f"http://127.0.0.1:{silent.getsockname()[1]}/hook", None)
        half = {"artifact_version_string": "a/b/c:v0", "metadata": "x" * (WAITING_BYTES // 2 - 1_000)}
        webhook.report(half)
        connection, _ = silent.accept()  # so it waits no more
        with connection:
            assert connection.recv(1) == b"P"
            for _ in range(3):
                webhook.report(half)
            said = complaints()
        webhook.close()
    assert ["2 events wait already: dropped one of a/b/c:v0"] == said
    complaints()


def test_the_webhook_hears_of_every_added_alias(
    isolated: Path,
    receiver: HTTPServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    complaints: Complaints,
) -> None:
    monkeypatch.setenv("WANDB_LOCAL_WEBHOOK_TOKEN", "secret")
    url = f"http://127.0.0.1:{receiver.server_port}/hook"
    with wandb_local.running(tmp_path / "data", webhook=url) as server:
        sdk = Sdk(server, "hooked", tmp_path)
        with sdk.init() as run:
            logged = sdk.log(run, "one", "candidate", metadata={"auc": 0.9})
        got = [_Receiver.received.get(timeout=240) for _ in range(2)]
    assert {"candidate", "latest"} == {body["alias"] for _, body in got}
    authorization, body = next(pair for pair in got if pair[1]["alias"] == "candidate")
    assert (
        "Bearer secret",
        {
            "event_type": "ADD_ARTIFACT_ALIAS",
            "event_author": "local",
            "alias": "candidate",
            "artifact_version": f"wandb-artifact://_id/{logged.id}",
            "artifact_version_string": "acme/hooked/model:v0",
            "artifact_collection_name": "model",
            "artifact_metadata": {"auc": 0.9},
            "project_name": "hooked",
            "entity_name": "acme",
        },
    ) == (authorization, body)
    assert [message[:14] for message in complaints()] == ["attempt 1 of 4"]
