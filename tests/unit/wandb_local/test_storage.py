"""The data directory: for its user only, and what a full disk means."""

import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from support.registries.local_registry import logged, md5, sequence, upload
from wandb_local import running
from wandb_local.errors import StartError, StorageFullError
from wandb_local.service import Service
from wandb_local.store import Store


def modes(root: Path) -> dict[str, int]:
    return {
        str(path.relative_to(root)): stat.S_IMODE(path.stat().st_mode)
        for path in [root, *root.rglob("*")]
        if path.name != "server.json"
    }


def test_a_directory_that_was_there_before_becomes_private_with_all_in_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data):
        pass
    for path in [data, *data.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    with running(data):
        assert set(modes(data).values()) == {0o700, 0o600}
        for path in data.rglob("*"):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_an_upload_is_private_from_its_first_byte(store: Store, tmp_path: Path) -> None:
    with store.blobs.receive(10) as incoming:
        incoming.write(b"x")
        assert stat.S_IMODE(incoming.path.stat().st_mode) == 0o600
    logged(store, sequence(store), b"1")
    for path, mode in modes(tmp_path / "blobs").items():
        assert (path, mode) == (path, 0o700 if (tmp_path / "blobs" / path).is_dir() else 0o600)


@contextmanager
def full_disk(size: int = 0) -> Iterator[None]:
    """No file of this process can outgrow `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


MUTATION = "mutation ($i: I!) { upsertBucket(input: $i) { inserted } }"


async def test_a_change_on_a_full_disk_is_refused_as_that_and_undone(
    client: httpx.AsyncClient, store: Store
) -> None:
    change = {"query": MUTATION, "variables": {"i": {"name": "r", "modelName": "p", "notes": "n" * 2000}}}
    with full_disk():
        refused = await client.post("/graphql", json=change)
        read = await client.post("/graphql", json={"query": "{ viewer { entity } }"})
    assert (refused.status_code, "the disk under the data directory is full" in refused.text) == (507, True)
    assert (read.status_code, store.projects.everything()) == (200, [])
    assert (await client.post("/graphql", json=change)).status_code == 200


async def test_a_run_file_is_the_old_or_the_new_one_when_the_disk_is_full(
    client: httpx.AsyncClient, service: Service, store: Store
) -> None:
    run = store.runs.create(store.projects.ensure("acme", "fraud"), "r")
    blob = store.run_files.announce(run, "config.yaml").blob_id or ""
    upload(store, blob, b"old")
    address = f"/blobs/{blob}?{service.access.sign('PUT', blob)}"
    with full_disk(3):
        refused = await client.put(address, content=b"new")
    assert (refused.status_code, store.blobs.get(blob).md5) == (507, md5(b"old"))
    assert store.blobs.stored_path(blob).read_bytes() == b"old"
    assert list((store.blobs.stored_path(blob).parents[1] / "incoming").iterdir()) == []
    assert (await client.put(address, content=b"new")).status_code == 200
    assert (store.blobs.stored_path(blob).read_bytes(), store.blobs.get(blob).md5) == (b"new", md5(b"new"))


def test_an_upload_for_which_there_is_no_room_is_refused_before_it_comes(store: Store) -> None:
    with pytest.raises(StorageFullError, match=f"no room for {2**60} bytes"):
        store.blobs.receive(2**61, 2**60)


@pytest.mark.parametrize("there", [False, True], ids=["first start", "later start"])
def test_a_server_that_finds_a_full_disk_does_not_start_and_says_so(tmp_path: Path, there: bool) -> None:
    data = tmp_path / "data"
    if there:
        with running(data):
            pass
    with full_disk(), pytest.raises(StartError) as error, running(data):
        pytest.fail("it started")
    assert "choose another --data" in str(error.value)
    assert not list(data.glob(".*"))
    with running(data):
        pass


@pytest.mark.parametrize("content", [b"\xff", b"", b"short\n"])
def test_a_key_that_cannot_be_used_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "api-key").write_bytes(content)
    with pytest.raises(StartError, match="api-key"), running(tmp_path):
        pytest.fail("it started")
