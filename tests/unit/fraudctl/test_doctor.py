"""The doctor's findings."""

import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import pytest

from fraud_local.endpoint import Listening
from fraud_local.workspace import Workspace
from fraudctl.doctor import machine
from fraudctl.doctor.finding import Finding, Status
from fraudctl.doctor.proxies import proxies
from fraudctl.doctor.registry import registry
from fraudctl.doctor.settings import settings


class Usage(NamedTuple):
    """What `shutil.disk_usage` answers."""

    total: int
    used: int
    free: int


def test_this_environment_is_fit() -> None:
    assert {finding.status for finding in (machine.python(), machine.packages())} == {Status.OK}


def test_a_missing_package_fails_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "PACKAGES", ("sys", "no_such_package"))
    assert machine.packages() == Finding(
        "packages", Status.FAIL, "missing: no_such_package", "Run: make install"
    )


def test_a_python_beyond_the_bounds_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "BEYOND", (3, 12))
    assert machine.python().failed


def test_missing_data_is_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "SAMPLE", tmp_path / "none.csv.gz")
    assert machine.data().status is Status.WARN


def test_a_busy_port_is_a_warning_with_its_owner_and_another_one_to_choose() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        finding = next(machine.ports(Listening(http=port)))
    assert (f"port {port}", Status.WARN) == (finding.check, finding.status)
    assert f"in use by pid {os.getpid()} " in finding.found
    assert f"FRAUDCTL_PORT={port + 101}" in finding.advice


def test_settings_are_named_and_unknown_ones_fail() -> None:
    assert "FRAUD_MAX_ROWS" == settings({"FRAUD_MAX_ROWS": "7"}).found
    unknown = settings({"FRAUD_NONSENSE": "1"})
    assert (Status.FAIL, True) == (unknown.status, "FRAUD_NONSENSE" in unknown.found)


@pytest.mark.parametrize(
    ("mebibytes", "status"),
    [(5000, Status.OK), (1024, Status.OK), (1023, Status.WARN), (100, Status.WARN), (99, Status.FAIL)],
)
def test_disk_space_is_judged_by_what_a_training_needs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mebibytes: int, status: Status
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, mebibytes << 20))
    assert machine.disk(tmp_path).status is status


def test_without_account_and_data_the_registry_is_embedded_and_empty(tmp_path: Path) -> None:
    account, found = registry(Workspace(tmp_path), {"HOME": str(tmp_path)})
    assert (account.status, found.status) == (Status.OK, Status.OK)
    assert "embedded, still empty" in found.found
    assert list(tmp_path.iterdir()) == []


def test_the_source_of_the_key_is_named_and_what_is_not_heeded(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    account, _ = registry(Workspace(tmp_path), home | {"WANDB_PROJECT": "fraud"})
    assert (Status.WARN, True) == (
        account.status,
        account.advice.startswith("WANDB_PROJECT given, but no key"),
    )
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1:1 login user password {'f' * 40}")
    named = {"NETRC": str(tmp_path / "netrc"), "WANDB_BASE_URL": "http://127.0.0.1:1"}
    account, _ = registry(Workspace(tmp_path), home | named)
    assert f"key from {tmp_path / 'netrc'}" in account.found


def test_an_unusable_account_fails_without_printing_the_key(tmp_path: Path) -> None:
    (finding,) = registry(Workspace(tmp_path), {"WANDB_API_KEY": "tooshort"})
    assert finding.failed
    assert "tooshort" not in finding.found


def test_a_registry_that_is_away_fails(tmp_path: Path) -> None:
    environ = {"WANDB_API_KEY": "0123456789" * 4, "WANDB_BASE_URL": "http://127.0.0.1:1"}
    account, found = registry(Workspace(tmp_path), environ)
    assert (account.status, found.status) == (Status.OK, Status.FAIL)


@contextmanager
def answering(
    ahead: timedelta = timedelta(), *, read_only: bool = False, status: int = 200
) -> Iterator[dict[str, str]]:
    """The account at a server whose clock is behind ours by `ahead`, and which takes writes or not."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            about_project = b"IsProjectReadOnly" in asked
            self.send_response(status if about_project else 200)
            self.end_headers()
            data = {"viewer": {"id": "1", "entity": "acme"}, "project": {"readOnly": read_only}}
            self.wfile.write(json.dumps({"data": data}).encode())

        def date_time_string(self, timestamp: float | None = None) -> str:
            del timestamp
            return format_datetime(datetime.now(UTC) - ahead, usegmt=True)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        yield {"WANDB_API_KEY": "0123456789" * 4, "WANDB_BASE_URL": url, "WANDB_ENTITY": "acme"}
        server.shutdown()
        thread.join()


def found(tmp_path: Path, environ: dict[str, str], check: str) -> Finding:
    """The first finding of that check; the server above knows no artifacts, which comes after."""
    return next(each for each in registry(Workspace(tmp_path), environ) if each.check == check)


@pytest.mark.parametrize(
    ("ahead", "status", "said"),
    [
        (timedelta(), Status.OK, "within 30 s"),
        (timedelta(minutes=2), Status.WARN, "s ahead of the registry's"),
        (timedelta(hours=-3), Status.FAIL, "s behind the registry's"),
    ],
)
def test_the_clock_is_compared_with_the_registry_s(
    tmp_path: Path, ahead: timedelta, status: Status, said: str
) -> None:
    with answering(ahead) as environ:
        clock = found(tmp_path, environ, "clock")
    assert (status, True) == (clock.status, said in clock.found)
    assert (status is not Status.OK) == clock.advice.startswith("Set the clock")


def test_a_project_that_takes_nothing_fails(tmp_path: Path) -> None:
    with answering(read_only=True) as environ:
        storage = found(tmp_path, environ, "storage")
    assert (True, True) == (storage.failed, "its quota is used up" in storage.found)
    with answering(status=402) as environ:
        *_, last = registry(Workspace(tmp_path), environ)
    assert (True, True) == (last.failed, "has no room left (402)" in last.found)


ACCOUNT = {"WANDB_API_KEY": "0123456789" * 4, "WANDB_BASE_URL": "https://wandb.example"}


@pytest.mark.parametrize(
    ("environ", "status", "said"),
    [
        ({}, Status.OK, "none set"),
        ({"HTTPS_PROXY": "http://u:secret@proxy:3128"}, Status.OK, "not used: the embedded registry"),
        (
            ACCOUNT | {"https_proxy": "proxy:3128", "no_proxy": ".example"},
            Status.OK,
            "wandb.example is in NO_PROXY",
        ),
        (
            ACCOUNT | {"HTTP_PROXY": "proxy:3128"},
            Status.WARN,
            "no HTTPS_PROXY: wandb.example is tried",
        ),
        (ACCOUNT | {"ALL_PROXY": "proxy:3128"}, Status.WARN, "no HTTPS_PROXY"),
        ({"HTTPS_PROXY": "http://a", "https_proxy": "http://b"}, Status.WARN, "differ"),
        ({"HTTPS_PROXY": "http://proxy:port"}, Status.WARN, "HTTPS_PROXY is no address of a proxy"),
    ],
)
def test_proxies_are_named_with_whom_they_affect(
    tmp_path: Path, environ: dict[str, str], status: Status, said: str
) -> None:
    finding = proxies({"HOME": str(tmp_path), **environ}, Workspace(tmp_path))
    assert (status, True, False) == (finding.status, said in finding.found, "secret" in finding.found)


def test_the_proxy_before_the_registry_is_named_and_whether_it_takes_connections(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        environ = ACCOUNT | {"HOME": str(tmp_path), "HTTPS_PROXY": f"http://u:secret@127.0.0.1:{port}"}
        there = proxies(environ, Workspace(tmp_path))
    gone = proxies(environ, Workspace(tmp_path))
    assert (Status.OK, True) == (
        there.status,
        there.found.startswith(f"wandb.example is reached through 127.0.0.1:{port};"),
    )
    told = f"is to be reached through 127.0.0.1:{port}, which takes no connections (Connection refused)"
    assert (Status.WARN, f"wandb.example {told}") == (gone.status, gone.found)


def test_a_folder_that_cannot_be_written_to_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    finding = machine.disk(tmp_path)
    assert (True, True) == (finding.failed, "cannot be written to" in finding.found)
