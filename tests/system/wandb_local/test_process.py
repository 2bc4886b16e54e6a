"""The server as a process: how it starts, refuses to start, is killed, and ends."""

import base64
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from support.registries.local_registry import artifact_digest

Start = Callable[..., subprocess.Popen[str]]
KEY = "k" * 40
RUN = {"name": "r", "modelName": "p"}


def _command(data: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "wandb_local", "--data", str(data), "--port", "0", *more]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers that are waited for until they listen, and ended with the test."""
    with ExitStack() as stack:

        def started(data: Path, *more: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                _command(data, *more),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=os.environ | {"WANDB_LOCAL_API_KEY": KEY},
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline().startswith("wandb_local: http://127.0.0.1:")
            return process

        yield started


def _url(data: Path) -> str:
    return str(json.loads((data / "server.json").read_text())["url"])


def _ask(data: Path, query: str, **variables: object) -> httpx.Response:
    body = {"query": query, "variables": variables}
    return httpx.post(f"{_url(data)}/graphql", auth=("api", KEY), json=body)


def _data(answer: httpx.Response) -> dict[str, dict[str, dict[str, str]]]:
    assert answer.status_code == 200, answer.text
    data: dict[str, dict[str, dict[str, str]]] = answer.json()["data"]
    return data


@contextmanager
def _half_sent(url: str, content: bytes, data: Path) -> Iterator[None]:
    """An upload of which the server has a part, and the rest never comes."""
    address = urlsplit(url)
    with socket.create_connection((str(address.hostname), int(address.port or 0))) as upload:
        head = f"PUT {address.path}?{address.query} HTTP/1.1\r\nHost: x\r\n"
        upload.sendall(
            f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content[: len(content) // 2]
        )
        deadline = time.monotonic() + 300
        while not any((data / "blobs" / "incoming").iterdir()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(start: Start, tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path / "data")
    answer = httpx.get(f"{_url(tmp_path / 'data')}/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    process.send_signal(number)
    assert process.communicate(timeout=300) == ("", "")
    assert (process.returncode, (tmp_path / "data" / "server.json").exists()) == (0, False)


def test_an_upload_that_never_ends_does_not_keep_it(start: Start, tmp_path: Path) -> None:
    process = start(tmp_path / "data")
    upload = "mutation ($i: X!) { createRunFiles(input: $i) { files { uploadUrl } } }"
    _data(_ask(tmp_path / "data", "mutation ($i: X!) { upsertBucket(input: $i) { inserted } }", i=RUN))
    asked = {"projectName": "p", "runName": "r", "files": ["x"]}
    (file,) = _ask(tmp_path / "data", upload, i=asked).json()["data"]["createRunFiles"]["files"]
    with _half_sent(file["uploadUrl"], b"x" * 1000, tmp_path / "data"):
        process.terminate()
        _, complaints = process.communicate(timeout=300)
    assert (process.returncode, "Traceback" in complaints) == (0, False)


def test_it_ends_with_its_standard_input_where_that_is_set(start: Start, tmp_path: Path) -> None:
    process = start(tmp_path / "data", "--exit-with-parent")
    assert process.communicate(timeout=300) == ("", "")
    assert process.returncode == 0


def test_its_first_key_fits_the_sdk_and_is_for_its_user_only(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "WANDB_LOCAL_API_KEY"}
    with subprocess.Popen(_command(tmp_path / "data"), stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.terminate()
    path = tmp_path / "data" / "api-key"
    assert (len(bytes.fromhex(path.read_text())) * 2, path.stat().st_mode & 0o777) == (40, 0o600)


def test_a_second_server_on_the_same_data_is_refused(start: Start, tmp_path: Path) -> None:
    start(tmp_path / "data")
    second = subprocess.run(
        _command(tmp_path / "data"), capture_output=True, text=True, timeout=300, check=False
    )
    url = _url(tmp_path / "data")
    advice = f"{tmp_path}/data is in use by another server at {url}: use that one, or another --data"
    assert (1, "", f"wandb_local: {advice}\n") == (second.returncode, second.stdout, second.stderr)


def test_wrong_usage_ends_with_2() -> None:
    command = [sys.executable, "-m", "wandb_local"]
    assert subprocess.run(command, capture_output=True, timeout=300, check=False).returncode == 2


CREATE = """mutation ($input: CreateArtifactInput!) { createArtifact(input: $input) { artifact { id } } }"""
FILES = """mutation ($input: CreateArtifactFilesInput!) { createArtifactFiles(input: $input) {
  files { edges { node { uploadUrl } } } } }"""
MANIFEST = """mutation ($input: CreateArtifactManifestInput!) { createArtifactManifest(input: $input) {
  artifactManifest { file { uploadUrl } } } }"""
COMMIT = """mutation ($input: CommitArtifactInput!) { commitArtifact(input: $input) { artifact { id } } }"""


def test_an_upload_cut_off_by_kill_9_is_never_served(start: Start, tmp_path: Path) -> None:
    data, content = tmp_path / "data", b"x" * 1_000_000
    process = start(data)
    md5 = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    draft = {"projectName": "p", "artifactCollectionName": "m", "artifactTypeName": "model"}
    draft |= {"digest": artifact_digest({"model.bin": md5})}
    artifact = _data(_ask(data, CREATE, input=draft))["createArtifact"]["artifact"]["id"]
    asked = {"artifactFiles": [{"artifactID": artifact, "name": "model.bin", "md5": md5}]}
    (edge,) = _ask(data, FILES, input=asked).json()["data"]["createArtifactFiles"]["files"]["edges"]
    manifest = {
        "version": 1,
        "contents": {"model.bin": {"digest": md5, "size": len(content)}},
    }
    answer = _ask(data, MANIFEST, input={"artifactID": artifact, "name": "wandb_manifest.json"})
    file = answer.json()["data"]["createArtifactManifest"]["artifactManifest"]["file"]
    assert httpx.put(file["uploadUrl"], json=manifest).status_code == 200

    with _half_sent(edge["node"]["uploadUrl"], content, data):
        process.kill()
        process.wait()

    start(data)
    assert list((data / "blobs" / "incoming").iterdir()) == []
    refused = _ask(data, COMMIT, input={"artifactID": artifact})
    assert (
        refused.status_code,
        refused.json()["errors"][0]["message"],
    ) == (409, "file 'model.bin' was never uploaded completely: upload it before the commit")
    (edge,) = _ask(data, FILES, input=asked).json()["data"]["createArtifactFiles"]["files"]["edges"]
    assert httpx.put(edge["node"]["uploadUrl"], content=content).status_code == 200
    assert (
        artifact
        == _data(_ask(data, COMMIT, input={"artifactID": artifact}))["commitArtifact"]["artifact"]["id"]
    )
