"""An artifact is what its manifest says, or it is refused."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fraud_contract.artifacts.manifest import MANIFEST, ORIGIN, seal, verify
from fraud_contract.errors import ArtifactCorrupt, ArtifactMissing, UnknownSchema


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "b.bin").write_bytes(bytes(range(256)))
    seal(tmp_path, "model")
    return tmp_path


def test_sealing_and_verifying_give_the_same_digest(sealed: Path) -> None:
    assert verify(sealed, "model") == seal(sealed, "model")


@pytest.mark.parametrize(
    "made",
    [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/etc/hostname")],
    ids=["pipe", "folder", "link"],
)
def test_what_is_no_regular_file_is_not_sealed(sealed: Path, made: Callable[[Path], object]) -> None:
    made(sealed / "c")
    with pytest.raises(ArtifactCorrupt, match=r"c is no regular file\."):
        seal(sealed, "model")


def test_the_digest_changes_with_any_content(sealed: Path) -> None:
    before = verify(sealed, "model")
    (sealed / "a.json").write_text("[]")
    assert before != seal(sealed, "model")


def test_the_origin_is_no_part_of_the_artifact(sealed: Path) -> None:
    before = verify(sealed, "model")
    (sealed / ORIGIN).write_text("{}")
    assert before == verify(sealed, "model")


@pytest.mark.parametrize("position", [0, 100, 255])
def test_any_flipped_bit_is_found(sealed: Path, position: int) -> None:
    content = bytearray((sealed / "b.bin").read_bytes())
    content[position] ^= 1
    (sealed / "b.bin").write_bytes(content)
    with pytest.raises(ArtifactCorrupt, match=r"b\.bin differs from its manifest"):
        verify(sealed, "model")


def test_a_truncated_file_is_found(sealed: Path) -> None:
    (sealed / "b.bin").write_bytes(b"short")
    with pytest.raises(ArtifactCorrupt, match="has 5 bytes, its manifest says 256"):
        verify(sealed, "model")


def test_a_missing_file_is_named(sealed: Path) -> None:
    (sealed / "a.json").unlink()
    with pytest.raises(ArtifactMissing, match=r"Pipeline file not found: .*a\.json"):
        verify(sealed, "model")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactMissing, match="Pipeline file not found: no model artifact at"):
        verify(tmp_path / "none", "model")


def test_a_file_too_many_is_named(sealed: Path) -> None:
    (sealed / "c.txt").write_text("c")
    with pytest.raises(ArtifactCorrupt, match=r"holds c\.txt, not in its manifest"):
        verify(sealed, "model")


def test_an_artifact_of_another_kind_is_refused(sealed: Path) -> None:
    with pytest.raises(ArtifactCorrupt, match="holds a model artifact, but a preprocessor is needed"):
        verify(sealed, "preprocessor")


@pytest.mark.parametrize(
    ("content", "error", "told"),
    [
        ("{", ArtifactCorrupt, "is not readable JSON"),
        ("[]", ArtifactCorrupt, "the document"),
        ('{"schema_version": 2}', UnknownSchema, "schema version 2; this release reads version 1"),
        ('{"kind": "model"}', ArtifactCorrupt, "files: Field required"),
        ("[" * 200_000, ArtifactCorrupt, "is not readable JSON"),
        ('{"kind": ' + "9" * 5_000 + "}", ArtifactCorrupt, "is not readable JSON"),
        ('{"kind": "model", "kind": "model", "files": {}}', ArtifactCorrupt, "is not readable JSON"),
        (" " * 300_000, ArtifactCorrupt, "more than 262144 bytes"),
        (
            json.dumps({"kind": "model", "files": {"a": {"sha256": "0" * 64, "size": 2**40}}}),
            ArtifactCorrupt,
            "size",
        ),
        ('{"kind": "model", "files": {"../x": {"sha256": "", "size": 1}}}', ArtifactCorrupt, "files"),
    ],
    ids=[
        "not json",
        "a list",
        "newer",
        "no files",
        "nested",
        "long number",
        "a name twice",
        "large",
        "large file",
        "a path",
    ],
)
def test_a_manifest_that_is_none(sealed: Path, content: str, error: type[Exception], told: str) -> None:
    (sealed / MANIFEST).write_text(content)
    with pytest.raises(error, match=told):
        verify(sealed, "model")


def test_a_folder_in_place_of_a_file_is_refused(sealed: Path) -> None:
    (sealed / "a.json").unlink()
    (sealed / "a.json").mkdir()
    with pytest.raises(ArtifactMissing):
        verify(sealed, "model")


def test_a_link_in_place_of_a_file_is_refused(sealed: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = (sealed / "a.json").rename(tmp_path_factory.mktemp("elsewhere") / "a.json")
    (sealed / "a.json").symlink_to(elsewhere)
    with pytest.raises(ArtifactCorrupt, match="is a link"):
        verify(sealed, "model")


def test_more_files_than_an_artifact_may_have_are_refused(sealed: Path) -> None:
    for number in range(256):
        (sealed / f"{number}.txt").touch()
    with pytest.raises(ArtifactCorrupt, match="more than 256 files"):
        verify(sealed, "model")


def test_a_folder_in_place_of_the_manifest_is_refused(sealed: Path) -> None:
    (sealed / MANIFEST).unlink()
    (sealed / MANIFEST).mkdir()
    with pytest.raises(ArtifactCorrupt):
        verify(sealed, "model")


def test_the_manifest_lists_every_file_with_its_size(sealed: Path) -> None:
    files = json.loads((sealed / MANIFEST).read_text())["files"]
    assert {name: record["size"] for name, record in files.items()} == {"a.json": 2, "b.bin": 256}
