"""Artifacts by digest on disk, found again by their pins."""

import os
from pathlib import Path

import pytest

from fraud_contract.artifacts.loading import Origin
from fraud_contract.artifacts.manifest import ORIGIN, SIGNATURE, seal
from fraud_registry.artifacts.cache import keep, known, origin_of
from fraud_registry.references import Pin


def pin(version: str = "v0", registry_digest: str = "0" * 32) -> Pin:
    return Pin(
        entity="team", project="fraud", name="preprocessor", version=version, registry_digest=registry_digest
    )


def fetched(tmp_path: Path, content: str = "content", name: str = "fetched") -> tuple[Path, str]:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "file.json").write_text(content)
    return folder, seal(folder, "preprocessor")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


def test_a_pin_never_fetched_is_unknown(cache: Path) -> None:
    assert known(cache, pin()) is None


def test_a_pin_is_unknown_where_there_is_no_cache(tmp_path: Path) -> None:
    assert known(tmp_path / "absent", pin()) is None


def test_a_kept_artifact_is_known_by_its_pin_and_says_where_it_is_from(tmp_path: Path, cache: Path) -> None:
    folder, digest = fetched(tmp_path)
    kept = keep(cache, pin(), folder, digest)
    assert kept == cache / digest
    assert known(cache, pin()) == kept
    assert Origin.read(kept / ORIGIN) == origin_of(pin(), digest)
    assert not folder.exists()


def test_what_cannot_be_a_signature_is_not_read_for_one(tmp_path: Path, cache: Path) -> None:
    folder, digest = fetched(tmp_path)
    (folder / SIGNATURE).touch()
    os.truncate(folder / SIGNATURE, 1 << 30)  # a hole
    assert cache / digest == keep(cache, pin(), folder, digest)


def test_another_content_at_the_same_version_is_unknown(tmp_path: Path, cache: Path) -> None:
    keep(cache, pin(), *fetched(tmp_path))
    assert known(cache, pin(registry_digest="1" * 32)) is None


def test_a_kept_artifact_that_has_changed_is_unknown(tmp_path: Path, cache: Path) -> None:
    kept = keep(cache, pin(), *fetched(tmp_path))
    (kept / "file.json").write_text("Content")
    assert known(cache, pin()) is None


def test_a_changed_artifact_is_replaced_by_the_next_one_kept(tmp_path: Path, cache: Path) -> None:
    kept = keep(cache, pin(), *fetched(tmp_path))
    (kept / "file.json").unlink()
    keep(cache, pin(), *fetched(tmp_path, name="again"))
    assert known(cache, pin()) == kept


def test_the_same_content_at_two_versions_is_kept_once_and_says_the_one_asked_for(
    tmp_path: Path, cache: Path
) -> None:
    keep(cache, pin("v0"), *fetched(tmp_path))
    keep(cache, pin("v7"), *fetched(tmp_path, name="again"))
    for version in ("v0", "v7"):
        folder = known(cache, pin(version))
        assert folder is not None
        assert Origin.read(folder / ORIGIN).version == version


def test_equal_content_keeps_the_signature_it_was_kept_with(tmp_path: Path, cache: Path) -> None:
    signatures = {"v0": b"", "v1": b"ours" * 16, "v2": b"another's" * 7}
    for version, signature in signatures.items():
        folder, digest = fetched(tmp_path, name=version)
        if signature:
            (folder / SIGNATURE).write_bytes(signature)
        keep(cache, pin(version), folder, digest)
    folders = [known(cache, pin(version)) for version in signatures]
    assert list(signatures.values()) == [
        (each / SIGNATURE).read_bytes() if (each / SIGNATURE).exists() else b"" for each in folders if each
    ]
    signed = cache / folders[1].name if folders[1] else cache
    (signed / SIGNATURE).unlink()
    assert None is known(cache, pin("v1"))


def test_nothing_but_artifacts_and_index_stays_in_the_cache(tmp_path: Path, cache: Path) -> None:
    _, digest = folder = fetched(tmp_path)
    keep(cache, pin(), *folder)
    assert sorted(path.name for path in cache.iterdir()) == sorted([digest, "pins"])
