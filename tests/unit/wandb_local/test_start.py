"""What keeps a server from starting."""

import json
import socket
import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from urllib.request import urlopen

import pytest

from wandb_local import RunningServer, StartError, running
from wandb_local.data_directory import api_key
from wandb_local.server import Settings, prepared
from wandb_local.store.database import SCHEMA_VERSION


@pytest.fixture(autouse=True)
def no_key_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WANDB_LOCAL_API_KEY", raising=False)


def refused(settings: Settings) -> str:
    with pytest.raises(StartError) as error, prepared(settings):
        pytest.fail("it started")
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_running_server_can_be_found_and_cannot_be_doubled(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        assert isinstance(server, RunningServer)
        assert json.loads((tmp_path / "server.json").read_text())["url"] == server.url
        with urlopen(f"{server.url}/healthz", timeout=240) as answer:  # noqa: S310 - the server just started
            assert answer.status == 200
        assert f"in use by another server at {server.url}" in refused(Settings(tmp_path))
    assert not (tmp_path / "server.json").exists()
    with running(tmp_path) as again:
        assert again.api_key == server.api_key


def test_a_busy_port_and_impossible_addresses_are_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "choose another --host or --port" in refused(Settings(tmp_path, port=taken.getsockname()[1]))
    assert "choose another --host or --port" in refused(Settings(tmp_path, "256.0.0.1"))
    for port in (65536, -1):
        assert "choose another --port, from 0 to 65535" in refused(Settings(tmp_path, port=port))
    with running(tmp_path):
        pass


def test_a_webhook_must_be_a_web_address(tmp_path: Path) -> None:
    assert "--webhook must be an http or https address" in refused(
        Settings(tmp_path, webhook="file:///etc/passwd")
    )


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "choose another --data" in refused(Settings(tmp_path / "file" / "data"))


def test_a_database_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    database = tmp_path / "registry.sqlite"
    database.write_text("precious " * 100)
    assert "move it away or choose another --data" in refused(Settings(tmp_path))
    assert database.read_text() == "precious " * 100


def test_a_database_of_a_later_version_is_refused(tmp_path: Path) -> None:
    with prepared(Settings(tmp_path)):
        pass
    content = bytearray((tmp_path / "registry.sqlite").read_bytes())
    content[60:64] = (9).to_bytes(4)  # where SQLite keeps user_version
    (tmp_path / "registry.sqlite").write_bytes(content)
    assert "has schema 9, this server knows 2" in refused(Settings(tmp_path))


def test_a_database_of_the_version_before_gets_what_it_lacks(tmp_path: Path) -> None:
    first = files("wandb_local.store").joinpath("schema_1.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "registry.sqlite")) as database:
        database.executescript(f"{first} PRAGMA user_version = 1;")
        database.execute("INSERT INTO project (entity, name, created_at) VALUES ('e', 'p', '')")
        database.commit()
    with prepared(Settings(tmp_path)):
        pass
    with closing(sqlite3.connect(tmp_path / "registry.sqlite")) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert database.execute("SELECT name FROM project").fetchall() == [("p",)]
        assert database.execute("SELECT * FROM alias_move").fetchall() == []


def test_the_key_is_made_once_and_the_environment_goes_first(tmp_path: Path) -> None:
    made = api_key(tmp_path, None)
    assert (len(made), api_key(tmp_path, None), api_key(tmp_path, "e" * 40)) == (40, made, "e" * 40)
    assert (tmp_path / "api-key").stat().st_mode & 0o777 == 0o600
    for key in ("short", "x" * 39, "ü" * 40, "x" * 39 + "\n"):
        with pytest.raises(StartError, match="WANDB_LOCAL_API_KEY must be 40 or more"):
            api_key(tmp_path, key)


def test_on_all_addresses_it_is_announced_at_one_that_works_here(tmp_path: Path) -> None:
    with prepared(Settings(tmp_path, host="0.0.0.0")) as server:  # noqa: S104 - what is tested
        assert server.running.url.startswith("http://127.0.0.1:")


def test_answers_do_not_wait_for_delayed_acknowledgements(tmp_path: Path) -> None:
    with prepared(Settings(tmp_path)) as server:
        assert server.listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
