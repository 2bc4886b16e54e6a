"""What a registry says of its versions is read as W&B sends it, and not for ever."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread

import pytest
from pydantic import SecretStr, ValidationError

from fraud_contract.errors import RegistryUnavailable
from fraud_registry.access.account import Account
from fraud_registry.artifacts.listing import _MOST_PAGES, _Version, _versions

VERSION = {"digest": "d", "createdAt": "2026-11-24T12:00:00Z", "artifactType": {"name": "model"}}


def test_metadata_come_as_text() -> None:
    assert {"a": 1} == _Version.model_validate(VERSION | {"metadata": '{"a":1}'}).metadata


@pytest.mark.parametrize("metadata", ["[" * 100_000, '{"a":' * 100_000, "[]", "{", "9" * 5_000])
def test_metadata_that_are_no_object_are_refused(metadata: str) -> None:
    with pytest.raises(ValidationError, match="metadata"):
        _Version.model_validate(VERSION | {"metadata": metadata})


@contextmanager
def endless_registry(asked: list[str]) -> Iterator[Account]:
    """One that always has one more page of versions; `asked` are the questions it got."""
    cursors = count()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["content-length"])).decode())
            page = {"endCursor": str(next(cursors)), "hasNextPage": True}
            collection = {"artifacts": {"pageInfo": page, "edges": []}}
            answer = {"data": {"project": {"artifactType": {"artifactCollection": collection}}}}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on the console."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield Account(
                api_key=SecretStr("local-" + "0" * 40),
                base_url=f"http://127.0.0.1:{server.server_port}",
                entity="acme",
                project="fraud-detector",
            )
        finally:
            server.shutdown()


def test_versions_that_do_not_end_are_refused() -> None:
    asked: list[str] = []
    with endless_registry(asked) as account, pytest.raises(RegistryUnavailable, match="more than 10,000"):
        list(_versions(account, "production_model"))
    assert _MOST_PAGES == len(asked)
