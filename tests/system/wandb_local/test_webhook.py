"""The webhook, heard by a real receiver."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

import wandb_local
from support.sdk import Complaints, Sdk


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
        got = [_Receiver.received.get(timeout=10) for _ in range(2)]
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
