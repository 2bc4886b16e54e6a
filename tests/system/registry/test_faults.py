"""A registry that is down, refuses, lies or never answers; and processes that die in the middle."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from fraud_contract.errors import (
    ArtifactCorrupt,
    NotInRegistry,
    RegistryError,
    RegistryUnauthorized,
    RegistryUnavailable,
)
from fraud_registry.access.account import Account
from fraud_registry.artifacts import resolve as resolving
from fraud_registry.artifacts.fetch import fetch
from fraud_registry.artifacts.resolve import resolve
from fraud_registry.references import Published
from fraud_registry.worker.connection import Connection
from support.certificates import issue
from support.servers.proxy import Exchange, Gate, Rule, proxy

Trained = Callable[[float], Path]

PUBLISH = """
import os, sys
from pathlib import Path
from fraud_registry.access.account import read_account
from fraud_registry.publishing.publish import publish

class Out:
    def stage(self, name):
        print(name, flush=True)

publish(read_account(os.environ), Path(sys.argv[1]), progress=Out())
"""


def through(account: Account, url: str) -> Account:
    return account.model_copy(update={"base_url": url})


def processes_in(folder: Path) -> list[str]:
    """Command lines of the living processes whose working folder or arguments lie below `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if line and f"{folder}/" in f"{line} {(process / 'cwd').readlink()}/":
                found.append(line)
    return found


def nothing_left_in(folder: Path, seconds: float = 90.0) -> bool:
    """Whether files and processes below `folder` are gone within some seconds."""
    end = time.monotonic() + seconds
    while list(folder.iterdir()) or processes_in(folder):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The system's temporary folder for this test; short, since sockets are made below it."""
    with tempfile.TemporaryDirectory(prefix="t-") as folder, monkeypatch.context() as patch:
        patch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def test_a_refused_key_and_a_closed_port_come_through_the_child_in_one_line(registry: Account) -> None:
    key = "c" * 40
    refused = registry.model_copy(update={"api_key": SecretStr(key)})
    with pytest.raises(RegistryUnauthorized, match="the key was refused") as unauthorized:
        resolve(refused, "production_model", "production")
    with pytest.raises(RegistryUnavailable, match="Connection refused") as unavailable:
        resolve(through(refused, "http://127.0.0.1:9"), "production_model", "production")
    for error in (unauthorized.value, unavailable.value):
        assert len(error.message.splitlines()) == 1
        assert key not in f"{error!r} {error.__cause__!r} {error.__context__!r}"


def test_a_private_authority_is_trusted_by_ssl_cert_file(
    shared: Account, published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = issue(tmp_path / "tls")
    with proxy(shared.host, tls=files.showing()) as url:
        with pytest.raises(RegistryUnavailable, match="certificate"):
            resolve(through(shared, url), "production_model", "candidate")
        monkeypatch.setenv("SSL_CERT_FILE", str(files.chain))
        assert published.model == resolve(through(shared, url), "production_model", "candidate")


def is_probe(request: bytes) -> bool:
    return b"viewer { id entity }" in request


def refuse_after_the_probe(request: bytes) -> int | None:
    return None if is_probe(request) else 500


def silent_after_the_probe(exchange: Exchange) -> Exchange | None:
    return exchange if is_probe(exchange.request) else None


@pytest.mark.parametrize("rule_or_gate", [{"gate": refuse_after_the_probe}, {"rule": silent_after_the_probe}])
def test_a_registry_that_fails_the_sdk_is_given_up_in_time(
    registry: Account, monkeypatch: pytest.MonkeyPatch, scratch: Path, rule_or_gate: dict[str, Rule | Gate]
) -> None:
    monkeypatch.setattr(resolving, "DEADLINE", 4.0)
    begin = time.monotonic()
    with proxy(registry.host, **rule_or_gate) as url, pytest.raises(RegistryError, match=r"^W&B at 127"):  # type: ignore[arg-type] # one of both
        resolve(through(registry, url), "production_model", "production")
    assert time.monotonic() - begin < 60
    assert nothing_left_in(scratch)


def model_file(folder: Path) -> bytes:
    return (folder / "production_model" / "model.ubj").read_bytes()


def test_a_flipped_byte_is_refused_and_leaves_nothing(
    shared: Account, shared_folder: Path, published: Published, tmp_path: Path
) -> None:
    original = model_file(shared_folder)

    def flip(exchange: Exchange) -> Exchange:
        return replace(exchange, body=b"X" + original[1:]) if exchange.body == original else exchange

    refusal = r"^The download of wandb://local/shared/production_model:v0 differs"
    with proxy(shared.host, flip) as url, pytest.raises(ArtifactCorrupt, match=refusal):
        fetch(through(shared, url), published.model, tmp_path, 60.0)
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_breaks_off_is_an_outage_and_leaves_nothing(
    shared: Account, shared_folder: Path, published: Published, tmp_path: Path
) -> None:
    original = model_file(shared_folder)

    def cut(exchange: Exchange) -> Exchange:
        return replace(exchange, cut=exchange.body == original)

    with (
        proxy(shared.host, cut) as url,
        pytest.raises(RegistryUnavailable, match=r"broke off\. Try again\.$"),
    ):
        fetch(through(shared, url), published.model, tmp_path, 60.0)
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_never_ends_is_killed_at_the_deadline_and_leaves_nothing(
    shared: Account, shared_folder: Path, published: Published, tmp_path: Path, scratch: Path
) -> None:
    original = model_file(shared_folder)

    def hold(exchange: Exchange) -> Exchange | None:
        return None if exchange.body == original else exchange

    with (
        proxy(shared.host, hold) as url,
        pytest.raises(RegistryUnavailable, match=r"did not finish within 4 s"),
    ):
        fetch(through(shared, url), published.model, tmp_path, 4.0)
    assert nothing_left_in(scratch)
    assert list(tmp_path.iterdir()) == []


def worker_in(scratch: Path) -> int:
    """The process that runs the SDK."""
    (found,) = (
        int(process.name)
        for process in Path("/proc").glob("[0-9]*")
        if b"fraud_registry.worker" in (process / "cmdline").read_bytes()
        and (process / "cwd").readlink().is_relative_to(scratch)
    )
    return found


def test_a_connection_asks_one_process_until_that_fails(
    shared: Account, published: Published, tmp_path: Path, scratch: Path
) -> None:
    with Connection(shared) as connection:
        assert [] == list(scratch.iterdir())  # nothing was asked yet
        assert published.model == resolve(connection, "production_model", "candidate")
        first = worker_in(scratch)
        with pytest.raises(NotInRegistry):
            resolve(connection, "production_model", "nope")
        assert tmp_path in fetch(connection, published.model, tmp_path, 60.0).parents
        assert first == worker_in(scratch)
        os.kill(first, signal.SIGKILL)
        with pytest.raises(RegistryError, match=r"ended unexpectedly \(exit -9\)"):
            resolve(connection, "production_model", "candidate")
        assert [] == list(scratch.iterdir())
        assert published.model == resolve(connection, "production_model", "candidate")
        assert first != worker_in(scratch)
    assert nothing_left_in(scratch, 0)


def test_after_a_deadline_a_connection_asks_another_process(
    shared: Account, published: Published, tmp_path: Path, scratch: Path
) -> None:
    answers = threading.Event()

    def hold(exchange: Exchange) -> Exchange | None:
        return exchange if answers.is_set() else None

    with proxy(shared.host, hold) as url, Connection(through(shared, url)) as connection:
        with pytest.raises(RegistryUnavailable, match="did not finish within 4 s"):
            fetch(connection, published.model, tmp_path, 4.0)
        assert [] == list(scratch.iterdir())
        answers.set()
        assert published.model == resolve(connection, "production_model", "candidate")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_a_publication_that_dies_moves_no_alias_and_leaves_nothing(
    account: Account, trained: Trained, scratch: Path, sent: signal.Signals
) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    with subprocess.Popen(
        [sys.executable, "-c", PUBLISH, trained(1)],
        env=environ | account.environment | {"TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("upload production_model"):
                break
        key = account.api_key.get_secret_value()
        seen = processes_in(scratch)
        process.send_signal(sent)
        _, errors = process.communicate(timeout=300)
    assert process.returncode == -sent
    assert any("wandb-core" in line for line in seen)
    assert key not in f"{seen} {errors}"
    assert nothing_left_in(scratch)
    with pytest.raises(NotInRegistry):
        resolve(account, "production_model", "candidate")
