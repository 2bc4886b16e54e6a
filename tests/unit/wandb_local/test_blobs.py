"""Bytes on disk."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.registries.local_registry import md5, upload
from wandb_local.errors import InvalidRequestError, NotFoundError, StorageFullError, TooLargeError
from wandb_local.store import Store


def incoming(root: Path) -> list[Path]:
    return list((root / "blobs" / "incoming").iterdir())


def test_a_blob_is_there_when_it_is_complete(store: Store, tmp_path: Path) -> None:
    blob_id = store.blobs.announce(md5(b"content"))
    with pytest.raises(NotFoundError, match="never uploaded completely"):
        store.blobs.stored_path(blob_id)
    upload(store, blob_id, b"content", md5(b"content"))
    blob = store.blobs.get(blob_id)
    assert store.blobs.stored_path(blob_id).read_bytes() == b"content"
    assert (blob.md5, blob.size, incoming(tmp_path)) == (md5(b"content"), 7, [])


@pytest.mark.parametrize(("announced", "header"), [(md5(b"other"), None), (None, md5(b"other"))])
def test_other_bytes_than_announced_are_refused(
    store: Store, tmp_path: Path, announced: str | None, header: str | None
) -> None:
    blob_id = store.blobs.announce(announced)
    with pytest.raises(InvalidRequestError, match="send the file again"):
        upload(store, blob_id, b"content", header)
    assert (store.blobs.get(blob_id).stored_at, incoming(tmp_path)) == (None, [])


def send(store: Store, limit: int, *chunks: bytes) -> None:
    with store.blobs.receive(limit) as receiving:
        for chunk in chunks:
            receiving.write(chunk)
        receiving.settle()


def test_an_upload_over_its_limit_leaves_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(TooLargeError, match="exceeds 10 bytes"):
        send(store, 10, b"12345", b"678901")
    assert incoming(tmp_path) == []


@contextmanager
def _small_disk(size: int) -> Iterator[None]:
    """Files of this process cannot outgrow `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [100, 100_000])
def test_a_full_disk_is_called_that_while_writing_and_at_the_end(
    store: Store, tmp_path: Path, size: int
) -> None:
    with _small_disk(10), pytest.raises(StorageFullError, match="free space"):
        send(store, 10**6, b"x" * size)
    assert incoming(tmp_path) == []


def test_leftovers_of_a_killed_server_are_removed(store: Store, tmp_path: Path) -> None:
    (tmp_path / "blobs" / "incoming" / "half").write_bytes(b"x")
    store.database.close()
    Store.open(tmp_path).database.close()
    assert incoming(tmp_path) == []


@pytest.mark.parametrize("blob_id", ["", "..", "../../x", "A" * 32, "a" * 31, "a" * 33, "a" * 32 + "\n"])
def test_what_is_no_id_never_becomes_a_path(store: Store, blob_id: str) -> None:
    with pytest.raises(NotFoundError):
        store.blobs.path(blob_id)
